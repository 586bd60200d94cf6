import type { CommandLike, OptionLike } from './types.ts';

/**
 * Lets an option of commander be given only together with values of others: `onlyWith(command, token, { role: ['region']
 * })`. Else whoever gives it is told so (`commander.conflictingOption`), and what its variable says does not count. The
 * others are named as in the options of an action. This stays as it is when gates open and features graduate.
 *
 * It is looked at before the action of the command, so one is needed. Returns the command.
 */
export function onlyWith<C extends CommandLike>(
  command: C,
  option: OptionLike,
  others: Readonly<Record<string, readonly string[]>>,
): C {
  const key = option.attributeName();
  command.hook('preAction', (_, called) => {
    // of the command that acts, this one or one below, with all above it
    const acting = called as CommandLike;
    const source = command.getOptionValueSource(key);
    if (source !== 'cli' && source !== 'env') return;
    const given = acting.optsWithGlobals();
    const missing = Object.entries(others).filter(([other, values]) => !hasOne(given[other], values));
    if (missing.length === 0) return;
    if (source === 'env') {
      command.setOptionValueWithSource(key, option.defaultValue, 'default');
      return;
    }
    const needed = missing.map(([other, values]) => `'${flagOf(acting, other)} ${values.join('|')}'`);
    command.error(`error: option '${option.flags}' cannot be used without ${needed.join(' and ')}`, {
      code: 'commander.conflictingOption',
    });
  });
  return command;
}

/** Whether a value is, or has among it, one of those. */
function hasOne(value: unknown, wanted: readonly string[]): boolean {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.some((each) => wanted.includes(String(each)));
}

/** How the option with this name among the options of an action is typed. */
function flagOf(command: CommandLike, key: string): string {
  for (let at: CommandLike | null = command; at !== null; at = at.parent) {
    const option = at.options.find((each) => each.attributeName() === key);
    if (option !== undefined) return option.long ?? option.short ?? key;
  }
  return `--${key}`;
}
