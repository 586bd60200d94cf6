import { CommandError, EXIT } from '../errors/command-error.ts';
import { nearest } from '../grammar/nearest.ts';
import { shellWord } from '../output/shell-word.ts';
import type { World } from '../world.ts';
import type { Profile } from './config.ts';
import { expanded } from './expand.ts';
import type { ConfigFile } from './read.ts';
import { tokenByCommand } from './token-command.ts';

/** A token that a command gave is used for this long before the command is run again, in ms. */
const REMEMBERED = 60_000;

/**
 * The token of a context, which a function gives: variables are looked up, and commands run, when it is asked for. Undefined if
 * the context has none. Throws `CommandError` if it names one that is not there; so does the function, if it cannot be had.
 */
export function tokenOf(
  world: World,
  { config, shown, at }: ConfigFile,
  { name, tokenRef }: Profile,
  patience?: number,
): (() => Promise<string>) | undefined {
  if (tokenRef === undefined) return undefined;
  const i = config.tokens.findIndex((one) => one.name === tokenRef);
  const stored = config.tokens[i];
  if (stored === undefined) {
    const where = at(['contexts', config.contexts.findIndex((one) => one.name === name), 'context', 'token-ref']);
    const near = nearest(
      tokenRef,
      config.tokens.map((one) => one.name),
    );
    throw new CommandError(EXIT.unauthorized, `${where}: there is no token ${JSON.stringify(tokenRef)}`, [
      ...(near === undefined ? [] : [`Did you mean ${JSON.stringify(near)}?`]),
      `Keep one under this name: 'flagctl config set-credentials ${shellWord(tokenRef)}'`,
    ]);
  }
  const { token, command } = stored;
  const what = `token ${JSON.stringify(tokenRef)} of ${shown}`;
  if (token !== undefined) return async () => checked(expanded(token, world.env, what).trim(), what);
  if (command === undefined) {
    throw new CommandError(EXIT.unauthorized, `${at(['tokens', i])}: token ${JSON.stringify(tokenRef)} is empty`, [
      `Fill it: 'flagctl config set-credentials ${shellWord(tokenRef)}'`,
    ]);
  }
  let last: { readonly token: Promise<string>; readonly at: number } | undefined;
  return () => {
    const now = world.now();
    if (last === undefined || now - last.at > REMEMBERED || now < last.at) {
      const limits = patience === undefined ? {} : { patience };
      const run = async (): Promise<string> =>
        checked(
          await tokenByCommand(world, command, `the command of ${what}`, limits),
          `what the command of ${what} printed`,
        );
      last = { token: run(), at: now };
    }
    return last.token;
  };
}

/** What can be sent as a token. Throws `CommandError`, which does not show it. */
export function checked(token: string, what: string): string {
  if (/^[!-~]{1,4096}$/.test(token)) return token;
  const why =
    token === '' ? 'is empty' : 'is no token: it is too long, or has blanks, line breaks or letters that no token has';
  throw new CommandError(EXIT.unauthorized, `${what} ${why}`);
}
