import { defaultOf } from './default-command.ts';
import type { CommandLike, OptionLike, ParsedOptions } from './types.ts';

/** What commander finds where a closed option would be: it takes any value, or none, so that every spelling is noticed. */
interface StandIn extends OptionLike {
  readonly flag: string;
  is(word: string): boolean;
}

interface Closed {
  readonly options: OptionLike[];
  readonly standIns: StandIn[];
}

const CLOSED: WeakMap<CommandLike, Closed> = new WeakMap();

/**
 * Takes an option out of a command that has it, but for its default, and calls `refuse` with the flag where one of its
 * flags is typed.
 */
export function closeOption(command: CommandLike, option: OptionLike, refuse: (flag: string) => void): void {
  const options = command.options as OptionLike[];
  options.splice(options.indexOf(option), 1);
  const closed = closedOf(command);
  closed.options.push(option);
  for (const flag of [option.short, option.long]) {
    if (flag === undefined) continue;
    const standIn = standInOf(option, flag);
    closed.standIns.push(standIn);
    command.on(`option:${standIn.name()}`, () => refuse(flag));
  }
}

function standInOf({ flags }: OptionLike, flag: string): StandIn {
  // no option has such a name, so nothing but the flag leads here
  const name = (): string => `closed ${flag}`;
  const value = { required: false, optional: true, variadic: false } as const;
  return { ...value, flags, flag, negate: false, name, attributeName: name, is: (word) => word === flag };
}

/**
 * Commander looks for a flag with `find` in the list of options. There, and only there, it sees the stand-ins: they are
 * in no list, so whatever shows help, at whatever time, shows none of them.
 */
function closedOf(command: CommandLike): Closed {
  const known = CLOSED.get(command);
  if (known !== undefined) return known;
  const closed: Closed = { options: [], standIns: [] };
  CLOSED.set(command, closed);
  const options = command.options as OptionLike[];
  let words: readonly string[] | undefined;
  let asksHelp = false;

  /** Whether help has this flag: help works whatever is closed. */
  const isOfHelp = (flag: string): boolean => {
    asksHelp = true;
    try {
      const shown = command.createHelp().visibleOptions(command);
      return shown.some((option) => !options.includes(option) && hasFlag(option, flag));
    } finally {
      asksHelp = false;
    }
  };
  const find = (test: (option: OptionLike, i: number, all: OptionLike[]) => unknown): OptionLike | undefined => {
    const found = Array.prototype.find.call(options, test) as OptionLike | undefined;
    if (found !== undefined || asksHelp) return found;
    const standIn = closed.standIns.find((each) => test(each, -1, options));
    if (standIn === undefined || isOfHelp(standIn.flag)) return undefined;
    return words !== undefined && isBelow(command, standIn.flag, before(standIn.flag, words)) ? undefined : standIn;
  };
  Object.defineProperty(options, 'find', { value: find, enumerable: false, configurable: true, writable: true });

  const { parseOptions, setOptionValueWithSource } = command;
  command.parseOptions = (args): ParsedOptions => {
    for (const option of closed.options) fillNegated(command, option);
    words = [...(command.parent?.args ?? []), ...args];
    try {
      return parseOptions.call(command, args);
    } finally {
      words = undefined;
    }
  };
  command.setOptionValueWithSource = (key, value, source) => {
    if (source === 'implied' && isOfClosed(command, closed, key, value)) return command;
    return setOptionValueWithSource.call(command, key, value, source);
  };
  return closed;
}

/** Commander 15 gives a lone `--no-` option its true only when it parses, from options that a closed one is not among. */
function fillNegated(command: CommandLike, option: OptionLike): void {
  const key = option.attributeName();
  if (!option.negate || command.getOptionValue(key) !== undefined) return;
  const positive = `--${option.name().slice('no-'.length)}`;
  const all = [...command.options, ...(CLOSED.get(command)?.options ?? [])];
  if (!all.some((each) => hasFlag(each, positive))) command.setOptionValueWithSource(key, true, 'default');
}

/** Whether a value that another option implies is one that only a closed option can give. */
function isOfClosed({ options }: CommandLike, closed: Closed, key: string, value: unknown): boolean {
  const gives = (option: OptionLike): boolean => option.attributeName() === key && option.negate === (value === false);
  return closed.options.some((option) => option.attributeName() === key) && !options.some(gives);
}

/**
 * Whether a flag is one of a command below that may be the one that is called: a word before the flag names it, or it
 * is the default. An option of the same name there is no part of the gate.
 */
function isBelow(command: CommandLike, flag: string, words: readonly string[]): boolean {
  const byDefault = defaultOf(command);
  return command.commands.some((child) => {
    const names = [child.name(), ...child.aliases()];
    if (!names.some((name) => name === byDefault || words.includes(name))) return false;
    return child.options.some((option) => hasFlag(option, flag)) || isBelow(child, flag, words);
  });
}

function before(flag: string, words: readonly string[]): readonly string[] {
  const long = flag.startsWith('--');
  const at = words.findIndex((word) => word === flag || word.startsWith(long ? `${flag}=` : flag));
  return at < 0 ? words : words.slice(0, at);
}

function hasFlag({ short, long }: OptionLike, flag: string): boolean {
  return short === flag || long === flag;
}
