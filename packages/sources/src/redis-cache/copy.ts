import { FlagError, type FlagErrorCode, type FlagSet } from '@flagwright/core';
import { type FieldEdit, writeFields } from '../redis/commit.ts';
import { ask, type Link } from '../redis/link.ts';
import { readSet } from '../redis/read.ts';
import { run, type Script } from '../redis/scripts.ts';
import type { RedisSet } from '../redis/set.ts';
import { differing, type Fields, fieldsOf } from './difference.ts';
import { ANSWERED, AWAY, LEASE, LOOK, RETURN_LEASE } from './scripts.ts';

/** Who the copy is marked to be written by; a store does not write it, and the cache writes no store. */
const MANAGER = 'cachedBy';

/** What Redis says of the origin. */
export interface Look {
  /** How long ago it last answered, in ms; undefined: never. */
  readonly age: number | undefined;
  readonly stale: NonNullable<FlagSet['stale']> | undefined;
}

/** The shared copy of a set in Redis. All of it throws `FlagError`. */
export interface Copy {
  look(signal?: AbortSignal): Promise<Look>;
  /** The copy, as a difference to `previous` where that can be; undefined if there is none. */
  read(previous?: FlagSet, signal?: AbortSignal): Promise<FlagSet | undefined>;
  /**
   * Makes the changes to the copy of that revision (undefined: there is none), and resolves to the new revision;
   * undefined if the copy is another by now.
   */
  write(changes: Fields, revision: string | undefined): Promise<string | undefined>;
  answered(): Promise<void>;
  away(cause: FlagError, since?: number): Promise<void>;
  /** Takes or keeps the right to ask the origin for all, for so many ms. */
  lease(ms: number): Promise<boolean>;
  returnLease(): Promise<void>;
}

/** The copy behind a link, for somebody who is like nobody else. */
export function copyIn(link: Link, set: RedisSet, timeout: number): Copy {
  const { channel } = set.keys;
  // in the slot of the copy: the channel is its tag
  const keys = { origin: `${channel}:origin`, lease: `${channel}:lease` };
  const self = crypto.randomUUID();
  const call = (script: Script, key: string, args: readonly string[], signal?: AbortSignal): Promise<unknown> =>
    ask(link, (client) => run(client, script, [key], args), { timeout, signal });

  return {
    async look(signal) {
      const [age = '', since = '', code, message] = (await call(LOOK, keys.origin, [], signal)) as readonly string[];
      const cause = new FlagError((code || 'UNAVAILABLE') as FlagErrorCode, message || 'the origin is away');
      return {
        age: age === '' ? undefined : Number(age),
        stale: since === '' ? undefined : { since: Number(since), cause },
      };
    },
    async read(previous, signal) {
      try {
        return await readSet(link, set, previous, { timeout, signal });
      } catch (error) {
        if (error instanceof FlagError && error.code === 'NOT_FOUND') return undefined;
        throw error;
      }
    },
    async write(changes, revision) {
      // the revision is compared, and stays: it changes by itself
      const guard: FieldEdit = { field: '$rev', was: revision ?? null, next: revision ?? null };
      const edits = [...changes].map(([field, text]): FieldEdit => ({ field, was: undefined, next: text || null }));
      try {
        return await writeFields(link, set, [guard, ...edits], { manager: MANAGER, timeout });
      } catch (error) {
        if (error instanceof FlagError && error.code === 'CONFLICT') return undefined;
        throw error;
      }
    },
    async answered() {
      await call(ANSWERED, keys.origin, [channel]);
    },
    async away({ code, message }, since) {
      await call(AWAY, keys.origin, [channel, code, message, since === undefined ? '' : String(since)]);
    },
    async lease(ms) {
      return (await call(LEASE, keys.lease, [self, String(ms)])) === 1;
    },
    async returnLease() {
      await call(RETURN_LEASE, keys.lease, [self]);
    },
  };
}

/** What a copy and a document differ in. */
export function changesOf(copy: FlagSet | undefined, next: FlagSet): Fields {
  return copy === undefined ? fieldsOf(next.document) : differing(fieldsOf(copy.document), next.document);
}
