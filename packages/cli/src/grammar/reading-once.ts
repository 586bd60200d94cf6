import { UsageError } from '../errors/usage-error.ts';
import type { World } from '../world.ts';
import type { Argument, Option } from './command.ts';

/** Options whose `-` is the standard output. */
const WRITTEN: ReadonlySet<string> = new Set(['sarif', 'junit', 'moved-to-file']);

/**
 * What a command line names the standard input for: `the file`, `-f`, `--context`. For messages; of an option that may be
 * `-` for another reason, nobody asks twice.
 */
export function askersOf(
  expected: readonly Argument[],
  args: readonly string[],
  options: readonly Option[],
  values: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const ofArguments = args.flatMap((word, i) => {
    const { name, complete } = expected[i] ?? expected.at(-1) ?? { name: '' };
    return word === '-' && complete === 'file' ? [`the ${name}`] : [];
  });
  const ofOptions = options.flatMap(({ name, short, value }) => {
    if (WRITTEN.has(name) || !values.has(name)) return [];
    const shown = short === undefined ? `--${name}` : `-${short}`;
    if (value === undefined) return name.endsWith('-stdin') ? [shown] : [];
    return values.get(name)!.flatMap((text) => (text === '-' || text === '@-' ? [shown] : []));
  });
  return [...ofArguments, ...ofOptions];
}

/**
 * A world whose standard input can be read once: whoever asks for it a second time is told who has asked for it, by a
 * `UsageError`, and does not get nothing.
 */
export function readingOnce(world: World, askers: () => readonly string[]): World {
  let asked = false;
  const once = (): void => {
    if (asked) throw readTwice(askers());
    asked = true;
  };
  const { stream } = world;
  const more: Partial<World> = {
    input: async () => {
      once();
      return await world.input();
    },
    ...(stream === undefined
      ? {}
      : {
          stream: (signal: AbortSignal) => {
            once();
            return stream.call(world, signal);
          },
        }),
  };
  // what makes streams when it is looked at stays as it is
  const own = { ...Object.getOwnPropertyDescriptors(world), ...Object.getOwnPropertyDescriptors(more) };
  return Object.create(Object.getPrototypeOf(world), own) as World;
}

function readTwice(askers: readonly string[]): UsageError {
  const names = [...new Set(askers)];
  const who =
    names.length > 1
      ? `: ${names.join(' and ')} ask for it`
      : names.length === 1
        ? `: ${names[0]} asks for it twice`
        : '';
  return new UsageError(`the standard input can be read once${who}`, ['Keep one of them in a file']);
}
