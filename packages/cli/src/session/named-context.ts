import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { nearest } from '../grammar/nearest.ts';

/** How a command takes what `--context` is easily confused with. */
export interface NamedContextOptions {
  /** Whether a value is something else than the name of a context of the configuration. */
  readonly isOther: (text: string) => boolean;
  /** How a file is given: `--context @users.json`. */
  readonly fileHint?: (file: string) => string;
}

/**
 * Looks up the contexts that a command line names, by `--context` and `--cli-context`, also where no server is asked: a slip
 * must not mean "none". Throws `CommandError` for what is none of the configuration, `UsageError` for an empty name.
 */
export async function checkNamedContexts(call: Call, { isOther, fileHint }: NamedContextOptions): Promise<void> {
  const profile = call.texts('cli-context').map((name) => ['--cli-context', name] as const);
  const given = call
    .texts('context')
    .filter((text) => !isOther(text))
    .map((name) => ['--context', name] as const);
  const all = [...given, ...profile];
  if (all.length === 0) return;
  const empty = all.find(([, name]) => name.trim() === '');
  if (empty !== undefined) throw new UsageError(`${empty[0]} is empty`, ['Is a variable not set?']);
  const known = await contextsOf(call);
  for (const [option, name] of all) {
    if (known.names.includes(name)) continue;
    const file =
      option === '--context' && fileHint !== undefined && (await isFile(call, name))
        ? [`For the file: ${fileHint(name)}`]
        : [];
    const near = nearest(name, known.names);
    throw new CommandError(EXIT.notFound, `${option}: there is no context ${JSON.stringify(name)} in ${known.shown}`, [
      ...file,
      ...(near === undefined ? [] : [`Did you mean ${JSON.stringify(near)}?`]),
      "Run 'flagctl config get-contexts' to list available contexts",
    ]);
  }
}

async function contextsOf(call: Call): Promise<{ readonly names: readonly string[]; readonly shown: string }> {
  const [{ readConfig }, { configPlace }] = await Promise.all([
    import('../config/read.ts'),
    import('../config/place.ts'),
  ]);
  const { config, shown } = await readConfig(call.world, configPlace(call));
  return { names: config.contexts.map(({ name }) => name), shown };
}

const isFile = async (call: Call, name: string): Promise<boolean> =>
  (await stat(resolve(call.world.cwd, name)).catch(() => undefined))?.isFile() === true;
