import { FlagError } from '@flagwright/core';
import type { Principal } from '../access/principal.ts';
import type { SetName } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { keyOf } from './set-name.ts';

/** How many event streams may be open at once, so that nobody takes them all. */
export interface StreamLimits {
  /** Of the server. Default: 10,000. */
  readonly all?: number | undefined;
  /** Of the remote evaluation protocol by set, whose address all clients of a set share. Default: 5,000. */
  readonly perSet?: number | undefined;
  /** Of `/sets/{project}/{stage}` by token: all processes of an application may have one. Default: 1,000. */
  readonly perToken?: number | undefined;
}

/** Shares of the event streams of a server. Calls take a place, and return what gives it back. */
export interface StreamShares {
  /** Throws `Problem`: `RATE_LIMITED` if the set has no place left, `UNAVAILABLE` if the server has none. */
  ofSet(set: SetName): () => void;
  /** Throws `Problem`: `RATE_LIMITED` if the token has no place left, `UNAVAILABLE` if the server has none. */
  ofToken(who: Principal): () => void;
  /** How many are taken. */
  readonly size: number;
}

/** When to ask for a place again, in seconds: streams last. */
const AGAIN = '30';

/** Throws `FlagError('INVALID_ARGUMENT')` for limits that make no sense. */
export function streamShares({ all = 10_000, perSet = 5_000, perToken = 1_000 }: StreamLimits = {}): StreamShares {
  for (const [name, value] of Object.entries({ all, perSet, perToken })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new FlagError('INVALID_ARGUMENT', `streams.${name} is ${value}; expected a number of event streams, from 1`);
  }
  const taken = new Map<string, number>();
  let size = 0;

  function take(share: string, most: number, whose: string): () => void {
    const mine = taken.get(share) ?? 0;
    const headers = { 'retry-after': AGAIN };
    if (mine >= most) {
      const hint = 'ask for changes now and then instead, or raise the limit of the server';
      throw new Problem('RATE_LIMITED', `${most} event streams ${whose} are open already`, { headers, hint });
    }
    if (size >= all) throw new Problem('UNAVAILABLE', `${all} event streams are open already`, { headers });
    taken.set(share, mine + 1);
    size++;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      size--;
      const left = taken.get(share)! - 1;
      if (left === 0) taken.delete(share);
      else taken.set(share, left);
    };
  }

  return {
    ofSet: (set) => take(`set ${keyOf(set)}`, perSet, 'of this set of flags'),
    // those who need no token have a share by their subject; no id of a token has a blank
    ofToken: ({ token, subject }) => take(`token ${token ?? `subject ${subject}`}`, perToken, 'of this token'),
    get size() {
      return size;
    },
  };
}
