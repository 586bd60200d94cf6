import { createHmac } from 'node:crypto';
import type { EvaluationContext } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { bounded } from './bounded.ts';

/** Whose evaluation it was: the text of `targetingKey`, else of `key`, however long; empty if there is none. Never throws. */
export function userKeyOf(context: EvaluationContext | undefined | null): string {
  try {
    const key = context?.targetingKey ?? context?.key;
    return typeof key === 'string' ? key : textOf(key);
  } catch {
    return '';
  }
}

function textOf(key: unknown): string {
  if (typeof key === 'number' && Number.isFinite(key)) return String(key);
  return typeof key === 'bigint' && BigInt.asIntN(128, key) === key ? String(key) : '';
}

/** How user keys are hashed. */
export interface UserKeyHash {
  /** Of at least 16 characters; the same for everything that is to be joined by user. Bytes are taken as they are. */
  readonly secret: string | Uint8Array;
}

const SHORTEST = 16;

/** The HMAC-SHA256 of a key as it would be shown, in hex; of none, none. Refuses a secret that can be guessed, with `INVALID_ARGUMENT`. */
export function userKeyHasher(options: UserKeyHash): (key: string) => string {
  const { secret } = (options ?? {}) as Partial<UserKeyHash>;
  if (!(typeof secret === 'string' || secret instanceof Uint8Array) || secret.length < SHORTEST) {
    // nothing of it is shown
    throw new FlagError(
      'INVALID_ARGUMENT',
      `hashUserKeys has no secret that is text or bytes of at least ${SHORTEST}; expected { secret }, e.g. 32 random ` +
        'bytes in hex: a short one is found by trying',
    );
  }
  // whoever owns the bytes may change them
  const own = typeof secret === 'string' ? secret : Uint8Array.from(secret);
  const hashOf = (key: string): string =>
    key === '' ? '' : createHmac('sha256', own).update(bounded(key)).digest('hex');
  let last = '';
  let hashed = '';
  return (key) => {
    // one request evaluates many flags for one user
    if (key !== last) [last, hashed] = [key, hashOf(key)];
    return hashed;
  };
}
