import { randomBytes } from 'node:crypto';
import { FlagError, type FlagErrorCode, type FlagSet } from '@flagwright/core';
import { type FieldEdit, writeFields } from '../redis/commit.ts';
import { ask, type Link } from '../redis/link.ts';
import { readSet } from '../redis/read.ts';
import { run, type Script } from '../redis/scripts.ts';
import type { RedisSet } from '../redis/set.ts';
import type { Fields } from './difference.ts';
import { ANSWERED, AWAY, BEGIN, LEASE, LOOK, RETURN_LEASE, UNKEPT } from './scripts.ts';

/** Who the copy is marked to be written by; a store does not write it, and the cache writes no store. */
const MANAGER = 'cachedBy';

/** What Redis says of the origin. */
export interface Look {
  /** How long ago it was asked for what the copy has, in ms; undefined: never. */
  readonly age: number | undefined;
  /** It is away, since when, and why. */
  readonly stale: { readonly since: number; readonly cause: FlagError } | undefined;
  /** How long it is not to be asked, in ms. */
  readonly wait: number;
  /** Whether that is its own word, or because it refused the credentials: no hint makes it shorter. */
  readonly patient: boolean;
  /** The copy does not take what the origin answers. */
  readonly unkept: boolean;
}

/** The shared copy of a set in Redis. All of it throws `FlagError`. */
export interface Copy {
  look(signal?: AbortSignal): Promise<Look>;
  /** The copy, as a difference to `previous` where that can be; undefined if there is none. */
  read(previous?: FlagSet, signal?: AbortSignal): Promise<FlagSet | undefined>;
  /** Takes or keeps the right to ask the origin for all, for so many ms; 0, or for how long somebody else has it. */
  lease(ms: number): Promise<number>;
  returnLease(): Promise<void>;
  /** Before the origin is asked: makes the answers to all attempts before this one void. Undefined without the lease. */
  begin(): Promise<Attempt | undefined>;
  /** The origin's answers are not taken: for so many ms each process is to ask for itself, and hears so if `told`. */
  unkept(ms: number, told: boolean): Promise<void>;
}

/** An attempt to ask the origin. What it does happens only if no other has begun since. */
export interface Attempt {
  /**
   * Makes the changes to the copy of that revision (undefined: there is none), and resolves to the new revision;
   * undefined if the copy is another by now, or somebody else's to write.
   */
  write(changes: Fields, revision: string | undefined): Promise<string | undefined>;
  /** The copy has what the origin answered. */
  answered(): Promise<void>;
  /** The origin is away. */
  away(cause: FlagError, absence: Absence): Promise<void>;
}

/** How an origin is away: see `Look`. */
export interface Absence {
  readonly wait: number;
  readonly patient: boolean;
  /** Since when, in ms since the epoch; undefined: since it last answered. */
  readonly since: number | undefined;
}

/** Times of a copy. */
export interface CopyTerms {
  /** How long a request may take, in ms. */
  readonly timeout: number;
  /** Aborted, with the reason, when all is over: what is then asked is given up, but for the return of the lease. */
  readonly closing: AbortSignal;
}

/** How long the return of a lease may hold up an end, in ms: it runs out soon anyway. */
const FAREWELL = 1_000;

/** The copy behind a link, for somebody who is like nobody else. */
export function copyIn(link: Link, set: RedisSet, { timeout, closing }: CopyTerms): Copy {
  const { channel } = set.keys;
  // in the slot of the copy: the channel is its tag
  const origin = `${channel}:origin`;
  const self = crypto.randomUUID();
  const call = (script: Script, args: readonly string[], signal: AbortSignal = closing): Promise<unknown> =>
    ask(link, (client) => run(client, script, [origin], args), { timeout, signal });

  function attempt(fence: string): Attempt {
    return {
      async write(changes, revision) {
        // the revision is compared, and stays: it changes by itself
        const guard: FieldEdit = { field: '$rev', was: revision ?? null, next: revision ?? null };
        const edits = [...changes].map(([field, text]): FieldEdit => ({ field, was: undefined, next: text || null }));
        const terms = { manager: MANAGER, timeout, fence: { key: origin, value: fence } };
        try {
          return await writeFields(link, set, [guard, ...edits], terms);
        } catch (error) {
          if (error instanceof FlagError && (error.code === 'CONFLICT' || error.code === 'NOT_FOUND')) return undefined;
          throw error;
        }
      },
      async answered() {
        await call(ANSWERED, [fence, channel]);
      },
      async away({ code, message }, { wait, patient, since }) {
        const times = [since?.toFixed() ?? '', wait.toFixed()];
        await call(AWAY, [fence, channel, code, message, ...times, patient ? '1' : '']);
      },
    };
  }

  return {
    async look(signal) {
      const reply = (await call(LOOK, [], signal)) as readonly string[];
      const [age = '', since = '', code, message, left, patient, unkept] = reply;
      const cause = new FlagError((code || 'UNAVAILABLE') as FlagErrorCode, message || 'the origin is away');
      return {
        age: age === '' ? undefined : Number(age),
        stale: since === '' ? undefined : { since: Number(since), cause },
        wait: Number(left),
        patient: patient === '1',
        unkept: unkept === '1',
      };
    },
    async read(previous, signal = closing) {
      try {
        return await readSet(link, set, previous, { timeout, signal });
      } catch (error) {
        if (error instanceof FlagError && error.code === 'NOT_FOUND') return undefined;
        throw error;
      }
    },
    async lease(ms) {
      // a client may be set to answer numbers as text
      return Number(await call(LEASE, [self, String(ms)]));
    },
    async returnLease() {
      await call(RETURN_LEASE, [self], AbortSignal.timeout(FAREWELL));
    },
    async begin() {
      const fence = randomBytes(8).toString('hex');
      return Number(await call(BEGIN, [self, fence])) === 1 ? attempt(fence) : undefined;
    },
    async unkept(ms, told) {
      await call(UNKEPT, [channel, String(ms), told ? '1' : '']);
    },
  };
}
