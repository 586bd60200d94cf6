import { createHash } from 'node:crypto';
import { own } from './bounded.ts';

/** When something was last seen, by three names. Of bounded size: what was not seen for longest is forgotten first. */
export interface LastSeen {
  get(flag: string, served: string, user: string): number | undefined;
  set(flag: string, served: string, user: string, at: number): void;
}

type Users = Map<string, number>;

/** What was seen since the last one began; forgotten as a whole, so that forgetting costs nothing meanwhile. */
interface Generation {
  size: number;
  readonly flags: Map<string, Map<string, Users>>;
}

const begin = (): Generation => ({ size: 0, flags: new Map() });

/** A longer name is remembered by its hash. */
const LONG = 128;

/** Remembers at most `most` of them, at least 2, in two generations. */
export function lastSeen(most: number): LastSeen {
  const half = Math.floor(most / 2);
  let young = begin();
  let old = begin();

  function put(flag: string, served: string, user: string, at: number): void {
    let users = young.flags.get(flag)?.get(served);
    if (users?.has(user) !== true) {
      if (young.size >= half) {
        [old, young] = [young, begin()];
        users = undefined;
      }
      young.size++;
    }
    (users ?? usersOf(young, flag, served)).set(own(user), at);
  }

  return {
    get(flag, served, user) {
      const [f, s, u] = [short(flag), short(served), short(user)];
      const at = young.flags.get(f)?.get(s)?.get(u);
      if (at !== undefined) return at;
      const before = old.flags.get(f)?.get(s)?.get(u);
      // whoever comes again is kept
      if (before !== undefined) put(f, s, u, before);
      return before;
    },
    set: (flag, served, user, at) => put(short(flag), short(served), short(user), at),
  };
}

function usersOf({ flags }: Generation, flag: string, served: string): Users {
  let byServed = flags.get(flag);
  if (byServed === undefined) {
    byServed = new Map();
    flags.set(own(flag), byServed);
  }
  let users = byServed.get(served);
  if (users === undefined) {
    users = new Map();
    byServed.set(own(served), users);
  }
  return users;
}

function short(text: string): string {
  return text.length <= LONG ? text : `#${createHash('sha256').update(text).digest('base64')}`;
}
