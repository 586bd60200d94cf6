import { type FlagSet, type FollowHealth, follow, limited, type Snapshot } from '@flagwright/core';
import { type StoreHandler, storeHandler } from '@flagwright/sources/http';
import { postgresStore } from '@flagwright/sources/postgres';
import { keep } from '../access/bounded.ts';
import type { Database, SetName } from '../database/database.ts';
import { keyOf } from './set-name.ts';

/** Whoever wants to hear of the changes of a set. */
export interface Watcher {
  /** Another revision is in use. */
  changed(snapshot: Snapshot): void;
  /** Nothing more will be heard: the set is gone, or the server shuts down. */
  ended(): void;
}

/** A set that is followed: one follower, whoever asks. */
export interface Followed {
  readonly name: SetName;
  /** When somebody asked for it last, in ms since the epoch. */
  usedAt: number;
  /** How many event streams hear of it. */
  readonly streams: number;
  /** Since when this server has the revision in use, in ms of `performance.now()`; undefined before the first read. */
  readonly changedAt: number | undefined;
  /** For `httpSource` of applications. */
  readonly handle: StoreHandler;
  /**
   * The snapshot in use, after a read if one was asked for by `changed`, or if this server has not seen `atLeast`. Throws
   * `FlagError` if there never was a good read.
   */
  current(atLeast?: string): Promise<Snapshot>;
  /** There is something new to read. */
  changed(): void;
  watch(watcher: Watcher): () => void;
  health(): FollowHealth;
  /** Ends the event streams too. */
  close(): Promise<void>;
}

export interface FollowedOptions {
  /** How often the connection for hints is tried, in ms. */
  readonly heartbeat: number;
  /** How often the set is read, hints or none, in ms. */
  readonly refreshInterval: number;
  /** How long whoever asks waits for a read, in ms. */
  readonly patience: number;
  /** How often an event stream says something, in ms. */
  readonly streamHeartbeat: number;
  /** Called when a read found no set. */
  readonly missing: () => void;
}

/** Revisions that are known to be no news. */
const MOST_REVISIONS = 64;

/** Follows a set of the database; begins at once. */
export function followed(database: Database, name: SetName, options: FollowedOptions): Followed {
  const { heartbeat, refreshInterval, patience, missing } = options;
  const watchers = new Set<Watcher>();
  const revisions = new Map<string, true>();
  let changedAt: number | undefined;
  let stale: FlagSet['stale'];
  let catchingUp: Promise<unknown> | undefined;
  let last: string | undefined;

  const store = postgresStore({
    ...name,
    pool: database.pool,
    table: 'public.feature_flags',
    heartbeat,
    name: keyOf(name),
  });
  const follower = follow(store, {
    refreshInterval,
    // what is wrong with a set is told to whoever changes it
    onIssues: () => undefined,
    onRead({ error, snapshot }) {
      if (error?.code === 'NOT_FOUND') missing();
      if (snapshot === undefined || snapshot.revision === last) return;
      // not by the follower's `changed`, which is about answers of flags: metadata and attributes are read too
      last = snapshot.revision;
      keep(revisions, last, true, MOST_REVISIONS);
      changedAt = performance.now();
      for (const watcher of [...watchers]) watcher.changed(snapshot);
    },
  });
  follower.on((event) => {
    if (event.type === 'stale') stale = { since: event.since, cause: event.cause };
    if (event.type === 'recovered') stale = undefined;
  });

  /** A read that begins after this call; over when it is, or when nobody should wait any longer. */
  function catchUp(): Promise<unknown> {
    const reading = limited(follower.refresh(), new AbortController(), patience).catch(() => undefined);
    catchingUp = reading;
    void reading.then(() => {
      if (catchingUp === reading) catchingUp = undefined;
    });
    return reading;
  }

  async function current(atLeast?: string): Promise<Snapshot> {
    // what is not read in time is not waited for: the last good snapshot serves
    if (follower.snapshot !== undefined) {
      if (catchingUp !== undefined) await catchingUp;
      const news = atLeast !== undefined && !revisions.has(atLeast);
      // when the database is away it is asked again in its time, not by everybody
      if (news && stale === undefined) await catchUp();
    }
    return follower.snapshot ?? (await limited(follower.ready(), new AbortController(), patience));
  }

  function watch(watcher: Watcher): () => void {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }

  const handle = storeHandler(
    {
      name: keyOf(name),
      async read() {
        const { document, revision } = await current();
        return stale === undefined ? { document, revision } : { document, revision, stale };
      },
      async subscribe(observer) {
        await current();
        return watch({ changed: () => observer.changed(), ended: () => undefined });
      },
    },
    { heartbeat: options.streamHeartbeat },
  );

  return {
    name,
    usedAt: 0,
    get streams() {
      return watchers.size;
    },
    get changedAt() {
      return changedAt;
    },
    handle,
    current,
    changed: () => void catchUp(),
    watch,
    health: () => follower.health(),
    async close() {
      for (const watcher of [...watchers]) watcher.ended();
      await Promise.all([handle.close(), follower.close()]);
      watchers.clear();
    },
  };
}
