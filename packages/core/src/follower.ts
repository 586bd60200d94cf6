import type { FlagError } from './error.ts';
import type { Issue } from './issue.ts';
import type { Snapshot } from './snapshot.ts';

/** One attempt to read, for telemetry. Times in ms. */
export interface ReadRecord {
  readonly source: string;
  /** When it ended, since the epoch. */
  readonly at: number;
  readonly duration: number;
  readonly revision: string | undefined;
  readonly error: FlagError | undefined;
  /** What is in use after it; undefined before the first good read. */
  readonly snapshot: Snapshot | undefined;
  /** Why what was read is only a copy, served because its origin is away. */
  readonly stale: FlagError | undefined;
}

export interface FollowOptions {
  /** How often to read, hints or none, in ms. Default: 30,000. */
  readonly refreshInterval?: number | undefined;
  /** A read that takes longer, in ms, has failed. Default: 30,000. */
  readonly readTimeout?: number | undefined;
  /** How long the first read waits for the subscription to be armed, in ms. Default: 2,000. */
  readonly armTimeout?: number | undefined;
  /** Ask for hints. Default: true. Off: changes are seen at the refresh interval. */
  readonly subscribe?: boolean | undefined;
  /**
   * Told of what is wrong or doubtful in a new revision, as far as the one before did not say the same. Default: errors
   * are shown as process warnings.
   */
  readonly onIssues?: ((issues: readonly Issue[]) => void) | undefined;
  /** Told of every read; must not throw. */
  readonly onRead?: ((record: ReadRecord) => void) | undefined;
  /** Reads the time, in ms since the epoch. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** 0 ≤ n < 1, for jitter. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/**
 * What happened to the flags:
 *
 * - `ready`: the first good read
 * - `changed`: a revision with other flags is in use; `flagsChanged` names those whose answers may differ
 * - `stale`: the source is away, or what it has cannot be used; the last good snapshot serves. Told once, with the cause,
 *   and again when a document that cannot be used has another fault
 * - `recovered`: the source is back
 * - `error`: a read failed and there was never a good one
 */
export type FollowEvent =
  | { readonly type: 'ready' | 'recovered'; readonly snapshot: Snapshot }
  | {
      readonly type: 'changed';
      readonly snapshot: Snapshot;
      readonly flagsChanged: readonly string[];
      /** What is newly wrong or doubtful in this revision. */
      readonly issues: readonly Issue[];
    }
  | { readonly type: 'stale'; readonly snapshot: Snapshot; readonly since: number; readonly cause: FlagError }
  | { readonly type: 'error'; readonly cause: FlagError };

/** How the flags are doing. Times in ms since the epoch, ages in ms. */
export interface FollowHealth {
  readonly source: string;
  readonly status: 'starting' | 'ready' | 'stale' | 'closed';
  readonly revision: string | undefined;
  /** When the snapshot in use was last known to be the newest; of a copy, by its own word. */
  readonly freshAt: number | undefined;
  readonly age: number | undefined;
  /** How often the source is read, hints or none, in ms; 0 of a vendor's client, which is not. */
  readonly refreshInterval: number;
  /** How long the last read took, in ms; undefined before the first. */
  readonly latency: number | undefined;
  /** How many flags there are, and how many of them are enabled. */
  readonly flags: number;
  readonly activeFlags: number;
  readonly reads: number;
  readonly failures: number;
  /** How often a subscription that was armed was lost. */
  readonly reconnects: number;
  /** Whether hints are coming; false where the source has none. */
  readonly subscribed: boolean;
  /** Why no hints are coming, if the source should have some: changes are seen at the refresh interval meanwhile. */
  readonly hintError: FlagError | undefined;
  readonly lastError: FlagError | undefined;
  readonly lastErrorAt: number | undefined;
  /** Flags whose newest definition cannot be used: they serve their last good one, or nothing. */
  readonly degraded: readonly string[];
}

/** A source being followed: always the newest good snapshot. */
export interface Follower {
  readonly name: string;
  /** The snapshot in use; undefined before the first good read. */
  readonly snapshot: Snapshot | undefined;
  /** Resolves once there is a snapshot; rejects if the next read fails before there is one, while attempts go on. */
  ready(): Promise<Snapshot>;
  /** Reads now. Resolves when that read is over, whatever came of it. */
  refresh(): Promise<void>;
  /** Calls back on every event, at once and in order; returns how to stop. A callback that throws is reported as a warning. */
  on(listener: (event: FollowEvent) => void): () => void;
  health(): FollowHealth;
  /** Stops, and closes the source. May be called more than once. */
  close(): Promise<void>;
}
