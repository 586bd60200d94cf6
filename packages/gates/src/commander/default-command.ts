import type { CommandLike } from './types.ts';

/** Where commander, from 2 to 15, keeps the name of the command that is called if none is named; it has no word for it. */
interface WithDefault {
  _defaultCommandName?: string | null;
}

/** The name of the command below that is called if none is named. */
export function defaultOf(command: CommandLike): string | undefined {
  return (command as WithDefault)._defaultCommandName ?? undefined;
}

/** Has a command call none if none is named. */
export function forgetDefault(command: CommandLike): void {
  (command as WithDefault)._defaultCommandName = null;
}
