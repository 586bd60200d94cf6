import { FlagError } from './error.ts';
import type { Awaitable } from './source.ts';

/**
 * Reads the token that a user gives for requests, or a function that is asked for it at each one. Throws
 * `FlagError('INVALID_ARGUMENT')` for what no header can carry, at once of a text and at its reading of a function;
 * `UNAVAILABLE` if the function fails. Nothing shows the token.
 */
export function tokenReader(
  token: string | (() => Awaitable<string>) | undefined,
): () => Awaitable<string | undefined> {
  if (token === undefined) return () => undefined;
  if (typeof token !== 'function') {
    const checked = checkedToken(token);
    return () => checked;
  }
  return async () => {
    try {
      return checkedToken(await token());
    } catch (thrown) {
      if (thrown instanceof FlagError) throw thrown;
      // without the cause: what a token function throws may tell the token
      throw new FlagError('UNAVAILABLE', 'the token function failed');
    }
  };
}

function checkedToken(token: unknown): string {
  if (typeof token === 'string' && /^[!-~]+$/.test(token)) return token;
  throw new FlagError(
    'INVALID_ARGUMENT',
    'the token is empty, no text, or has characters that no header can. Hint: a line break at its end?',
  );
}
