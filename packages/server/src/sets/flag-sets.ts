import { checkDuration, FlagError, type FollowHealth, type Snapshot } from '@flagwright/core';
import type { Database, SetName } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { existence } from './existence.ts';
import { type Followed, followed, type Watcher } from './followed.ts';
import { keyOf, noSuchSet } from './set-name.ts';

export type { Watcher } from './followed.ts';

/** Options of `flagSets`. Times in ms. */
export interface FlagSetsOptions {
  /** How often the connection for hints is tried. Default: 5,000. */
  readonly heartbeat?: number | undefined;
  /** How often each set is read, hints or none. Default: 30,000. */
  readonly refreshInterval?: number | undefined;
  /** How long whoever asks waits for a read. Default: 5,000. */
  readonly patience?: number | undefined;
  /** A set that nobody asked for in this time is not followed any longer, unless somebody listens. Default: 600,000. */
  readonly idle?: number | undefined;
  /** At most so many sets are followed. Default: 1,000. */
  readonly most?: number | undefined;
  /** How often an event stream says something. Default: 15,000. */
  readonly streamHeartbeat?: number | undefined;
}

/** How a set is doing that this server follows. */
export interface SetHealth extends FollowHealth, SetName {
  /** How many event streams hear of it. */
  readonly streams: number;
}

/** A set that is listened to. */
export interface Watched {
  /** What was in use when listening began. */
  readonly snapshot: Snapshot;
  /** How long this server has had that revision, in ms. */
  readonly age: number;
  stop(): void;
}

/**
 * The sets of a database, compiled, each followed once for all who ask for it. Calls throw `Problem` or `FlagError`:
 * `NOT_FOUND` for a set that is not there, `UNAVAILABLE`.
 */
export interface FlagSets {
  /**
   * The flags of a set: the newest that this server knows, after its own writes, and within milliseconds of those of other
   * servers. A caller that knows of a revision, from a write or a hint of any server, gives it as `atLeast`, and what
   * comes is not older. When the database is away the last good flags go on being served.
   */
  snapshotOf(name: SetName, atLeast?: string): Promise<Snapshot>;
  /** Hears of each change of a set until stopped. */
  watch(name: SetName, watcher: Watcher): Promise<Watched>;
  /** To be called after each write of this server to a set, once committed: whoever asks from now on sees it. */
  changed(name: SetName): void;
  /** `GET` of the document and of its event stream, for `httpSource`. */
  handle(name: SetName, request: Request): Promise<Response>;
  /** The sets that are followed. */
  health(): readonly SetHealth[];
  /** Ends all, event streams included. */
  close(): Promise<void>;
}

/** The sets of a database. Throws `FlagError('INVALID_ARGUMENT')` for options that make no sense. */
export function flagSets(database: Database, options: FlagSetsOptions = {}): FlagSets {
  const { heartbeat = 5_000, refreshInterval = 30_000, patience = 5_000, streamHeartbeat = 15_000 } = options;
  const { idle = 600_000, most = 1_000 } = options;
  for (const [name, value] of Object.entries({ heartbeat, refreshInterval, patience, streamHeartbeat, idle })) {
    checkDuration(name, value);
  }
  if (!Number.isSafeInteger(most) || most < 1) {
    throw new FlagError('INVALID_ARGUMENT', `most is ${most}; expected a number of sets, from 1`);
  }
  const known = existence(database);
  const sets = new Map<string, Followed>();
  const opening = new Map<string, Promise<Followed>>();
  const leaving = new Set<Promise<void>>();
  let closing: Promise<void> | undefined;

  function leave(key: string, set: Followed): void {
    if (sets.get(key) !== set) return;
    sets.delete(key);
    const left = set.close().catch(() => undefined);
    leaving.add(left);
    void left.then(() => leaving.delete(left));
  }

  const sweeper = setInterval(
    () => {
      const before = Date.now() - idle;
      for (const [key, set] of sets) if (set.streams === 0 && set.usedAt < before) leave(key, set);
    },
    Math.max(1, idle / 10),
  );
  sweeper.unref();

  /** Throws `Problem('UNAVAILABLE')` if somebody listens to each of the sets. */
  function makeRoom(): void {
    if (sets.size < most) return;
    let oldest: [string, Followed] | undefined;
    for (const entry of sets) {
      if (entry[1].streams === 0 && (oldest === undefined || entry[1].usedAt < oldest[1].usedAt)) oldest = entry;
    }
    if (oldest === undefined) {
      throw new Problem('UNAVAILABLE', `this server follows ${most} sets of flags already, and no more`, {
        headers: { 'retry-after': '5' },
      });
    }
    leave(...oldest);
  }

  async function begin(name: SetName, key: string): Promise<Followed> {
    if (!isStorable(name.project) || !isStorable(name.stage) || !(await known.has(name))) throw noSuchSet(name);
    checkOpen();
    makeRoom();
    const set = followed(database, name, {
      heartbeat,
      refreshInterval,
      patience,
      streamHeartbeat,
      missing: () => void leaveIfGone(name, key),
    });
    set.usedAt = Date.now();
    sets.set(key, set);
    return set;
  }

  /** A set that was not found may be gone, or be in tables that are being restored: then it goes on with what it has. */
  async function leaveIfGone(name: SetName, key: string): Promise<void> {
    known.forget(name);
    const gone = await known.has(name).then(
      (there) => !there,
      () => false,
    );
    const set = sets.get(key);
    if (gone && set !== undefined) leave(key, set);
  }

  function checkOpen(): void {
    if (closing !== undefined) throw new FlagError('NOT_READY', 'this server is shutting down');
  }

  async function open(name: SetName): Promise<Followed> {
    checkOpen();
    const key = keyOf(name);
    const set = sets.get(key);
    if (set !== undefined) {
      set.usedAt = Date.now();
      return set;
    }
    let begun = opening.get(key);
    if (begun === undefined) {
      begun = begin(name, key).finally(() => opening.delete(key));
      opening.set(key, begun);
    }
    return begun;
  }

  return {
    async snapshotOf(name, atLeast) {
      return (await open(name)).current(atLeast);
    },
    async watch(name, watcher) {
      const set = await open(name);
      // listens before it reads, so that no change falls between, and the set is kept meanwhile
      const stop = set.watch(watcher);
      try {
        const snapshot = await set.current();
        return { snapshot, age: performance.now() - (set.changedAt ?? 0), stop };
      } catch (thrown) {
        stop();
        throw thrown;
      }
    },
    changed(name) {
      known.forget(name);
      sets.get(keyOf(name))?.changed();
    },
    async handle(name, request) {
      return (await open(name)).handle(request);
    },
    health: () => [...sets.values()].map((set) => ({ ...set.health(), ...set.name, streams: set.streams })),
    close() {
      closing ??= (async () => {
        clearInterval(sweeper);
        await Promise.allSettled(opening.values());
        for (const [key, set] of [...sets]) leave(key, set);
        await Promise.all(leaving);
      })();
      return closing;
    },
  };
}

/** What PostgreSQL could hold, and the tables of flags do. */
function isStorable(name: string): boolean {
  return name !== '' && name.length <= 200 && !name.includes('\0');
}
