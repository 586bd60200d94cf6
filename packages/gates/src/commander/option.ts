import { gatesNow } from '../feature/gates-from.ts';
import { enableHint } from '../feature/hint.ts';
import type { CommandLike, Gating, OptionLike, ParsedOptions } from './types.ts';

/**
 * Adds an option to a command of commander, behind a gate. Closed: it is in no help and no suggestion, is not read from
 * its variable, has its default, and whoever gives it is told that it is unknown and how to enable it
 * (`commander.unknownOption`), also where unknown options are allowed. Open: as `addOption`.
 *
 * The gate is read here, once. Returns the command. Throws `FlagError('NOT_FOUND')` for a gate that is not declared.
 */
export function gateOption<C extends CommandLike, N extends string>(
  command: C,
  option: OptionLike,
  gating: Gating<N>,
): C {
  const gates = gatesNow(gating.gates);
  const { enabled, stage } = gates.state(gating.gate);
  if (!enabled) {
    refuseOption(command, option, () => enableHint(gates, gating.gate, gating.hint));
    return command;
  }
  command.addOption(option);
  // what is deprecated warns when it is used
  if (stage !== 'ga') command.on(`option:${option.name()}`, () => void gates.enabled(gating.gate));
  return command;
}

interface Refused {
  /** In the place of closed options: they take any value, or none, so that every spelling is noticed. */
  readonly placeholders: OptionLike[];
  /** Takes the placeholders away again. */
  conceal(): void;
}

const REFUSED: WeakMap<CommandLike, Refused> = new WeakMap();

function refuseOption(command: CommandLike, option: OptionLike, hint: () => string): void {
  const { short, long, negate, defaultValue, defaultValueDescription } = option;
  const flags = [short, long].filter((flag) => flag !== undefined);
  const placeholder = command.createOption(`${flags.join(', ')} [value]`);
  // commander 15 gives a lone --no- its true only when it parses, from options that this one is not among
  const alone = command.options.every((other) => other.attributeName() !== option.attributeName());
  const value = defaultValue === undefined && negate && alone ? true : defaultValue;
  if (value !== undefined) placeholder.default(value, defaultValueDescription);
  const refused = refusedOf(command);
  // before commander's own listener, which would keep the value
  command.on(`option:${placeholder.name()}`, () => {
    // an error may show the help, which is not to show the placeholder
    refused.conceal();
    command.error(`error: unknown option '${long ?? short}'\n${hint()}`, { code: 'commander.unknownOption' });
  });
  command.addOption(placeholder);
  refused.placeholders.push(placeholder);
  refused.conceal();
}

/** Has commander see the placeholders while it reads options, and only then. */
function refusedOf(command: CommandLike): Refused {
  const known = REFUSED.get(command);
  if (known !== undefined) return known;
  const options = command.options as OptionLike[];
  const placeholders: OptionLike[] = [];
  const conceal = (): void => {
    const others = options.filter((option) => !placeholders.includes(option));
    options.splice(0, Number.POSITIVE_INFINITY, ...others);
  };
  const { parseOptions } = command;
  command.parseOptions = (args): ParsedOptions => {
    // an option of the same name below is no part of this gate
    options.push(...placeholders.filter((placeholder) => !hasBelow(command, placeholder)));
    try {
      return parseOptions.call(command, args);
    } finally {
      conceal();
    }
  };
  const refused = { placeholders, conceal };
  REFUSED.set(command, refused);
  return refused;
}

function hasBelow({ commands }: CommandLike, { short, long }: OptionLike): boolean {
  return commands.some(
    (command) =>
      command.options.some(
        (option) => (short !== undefined && option.short === short) || (long !== undefined && option.long === long),
      ) || hasBelow(command, { short, long } as OptionLike),
  );
}
