import { FlagError, type FlagStore, type FollowHealth, follow } from '@flagwright/core';
import { type Cluster, commitTo, original, readFrom, type StoreTerms } from './cluster.ts';

/** A store that is followed. */
export interface FollowedCluster extends Cluster {
  health(): FollowHealth;
  /** Stops following. The store stays open. */
  close(): Promise<void>;
}

/** Options of `followedCluster`. */
export interface FollowedOptions extends StoreTerms {
  /** How often the store is read, hints or none, in ms. */
  readonly interval: number;
  readonly clock: () => number;
  readonly random: () => number;
  /** Told after every read of what went wrong with it, if anything did. */
  readonly seen: (failure: FlagError | undefined) => void;
}

/** Follows a store, and reads it anew only where what is known may be older than what was committed here. */
export function followedCluster(store: FlagStore, options: FollowedOptions): FollowedCluster {
  const { interval, timeout, clock, random, seen } = options;
  let ticks = 0;
  /** When the last read began, the one that the snapshot is from, and when the last commit was over. */
  let started = 0;
  let begun = 0;
  let committed = 0;

  const follower = follow(
    {
      name: store.name,
      read(previous, signal) {
        started = ++ticks;
        return readFrom(store, options, previous, signal);
      },
      ...(store.subscribe === undefined ? {} : { subscribe: (observer) => store.subscribe!(observer) }),
    },
    {
      refreshInterval: interval,
      readTimeout: timeout,
      clock,
      random,
      onIssues: () => undefined,
      onRead({ error, stale }) {
        if (error === undefined) begun = started;
        seen(error ?? stale);
      },
    },
  );

  return {
    name: store.name,
    async read(anew) {
      const known = follower.health();
      // one that is away is tried again by whoever follows it, and tells when it is back
      if (!anew && known.status === 'stale') throw away(known);
      if (anew || known.status !== 'ready' || begun < committed) await follower.refresh();
      const now = follower.health();
      if (now.status !== 'ready' || begun < committed) throw away(now);
      return original(follower.snapshot!, store.name);
    },
    async commit(edits) {
      try {
        return await commitTo(store, options, edits);
      } finally {
        committed = ++ticks;
      }
    },
    health: () => follower.health(),
    close: () => follower.close(),
  };
}

function away({ source, lastError }: FollowHealth): FlagError {
  return lastError ?? new FlagError('NOT_READY', `${source} is not followed any more`);
}
