import { createHash, timingSafeEqual } from 'node:crypto';
import { FlagError } from '@flagwright/core';

/**
 * Lets pass who sends one of these tokens as `Authorization: Bearer …`; for `authorize` of `storeHandler`. How long it
 * takes says nothing of how much of a token was right.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` if there is no token, or one is empty or could not be sent: a variable that is
 * not set must not open the door.
 */
export function bearer(token: string | readonly string[]): (request: Request) => boolean {
  const tokens: readonly unknown[] = Array.isArray(token) ? token : [token];
  if (tokens.length === 0 || !tokens.every((one) => typeof one === 'string' && /^[!-~]+$/.test(one))) {
    const message =
      'there is no token, or one that is empty or has characters that no header can. Hint: is a variable set?';
    throw new FlagError('INVALID_ARGUMENT', message);
  }
  const accepted = tokens.map((one) => hashOf(one as string));
  return ({ headers }) => {
    const sent = /^bearer +([!-~]+)$/i.exec(headers.get('authorization') ?? '')?.[1];
    if (sent === undefined) return false;
    const hash = hashOf(sent);
    // all of them, so that it does not tell which
    return accepted.filter((one) => timingSafeEqual(one, hash)).length > 0;
  };
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();
