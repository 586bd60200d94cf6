import { compile } from './compile.ts';
import { FlagError } from './error.ts';
import { retryDelay } from './retry.ts';
import { share } from './share.ts';
import type { Snapshot } from './snapshot.ts';
import type { FlagSet, FlagSource, Unsubscribe } from './source.ts';

/** One attempt to read, for telemetry. Times in ms. */
export interface ReadRecord {
  readonly source: string;
  /** When it ended, since the epoch. */
  readonly at: number;
  readonly duration: number;
  readonly revision: string | undefined;
  readonly error: FlagError | undefined;
}

export interface FollowOptions {
  /** How often to read, hints or none, in ms. Default: 30,000. */
  readonly refreshInterval?: number;
  /** A read that takes longer, in ms, has failed. Default: 30,000. */
  readonly readTimeout?: number;
  /** How long the first read waits for the subscription to be armed, in ms. Default: 5,000. */
  readonly armTimeout?: number;
  /** Ask for hints. Default: true. Off: changes are seen at the refresh interval. */
  readonly subscribe?: boolean;
  /** Told of every read; must not throw. */
  readonly onRead?: (record: ReadRecord) => void;
  /** Reads the time, in ms since the epoch. Default: `Date.now`. */
  readonly clock?: () => number;
  /** 0 ≤ n < 1, for jitter. Default: `Math.random`. */
  readonly random?: () => number;
}

/**
 * What happened to the flags:
 *
 * - `ready`: the first good read
 * - `changed`: another revision is in use; `flagsChanged` names the flags whose answers may differ
 * - `stale`: the source is away, or what it has cannot be used; the last good snapshot serves. Told once, with the cause
 * - `recovered`: the source is back
 * - `error`: a read failed and there was never a good one
 */
export type FollowEvent =
  | { readonly type: 'ready' | 'recovered'; readonly snapshot: Snapshot }
  | { readonly type: 'changed'; readonly snapshot: Snapshot; readonly flagsChanged: readonly string[] }
  | { readonly type: 'stale'; readonly snapshot: Snapshot; readonly since: number; readonly cause: FlagError }
  | { readonly type: 'error'; readonly cause: FlagError };

/** How the flags are doing. Times in ms since the epoch, ages in ms. */
export interface FollowHealth {
  readonly source: string;
  readonly status: 'starting' | 'ready' | 'stale' | 'closed';
  readonly revision: string | undefined;
  /** When the snapshot in use was last known to be the newest. */
  readonly freshAt: number | undefined;
  readonly age: number | undefined;
  readonly reads: number;
  readonly failures: number;
  /** How often a subscription was lost. */
  readonly reconnects: number;
  /** Whether hints are coming; false where the source has none. */
  readonly subscribed: boolean;
  readonly lastError: FlagError | undefined;
  readonly lastErrorAt: number | undefined;
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

/**
 * Follows a source: the only place that retries, backs off, resyncs, coalesces and decides what is stale.
 *
 * Subscribes before it reads, so that no change falls between. Reads at the refresh interval always; a hint only makes
 * it sooner, and a hint during a read causes exactly one more. A failed read keeps the last good snapshot. A lost
 * subscription is taken up again after a back-off, and followed by a read. No timer keeps the process alive.
 */
export function follow(source: FlagSource, options: FollowOptions = {}): Follower {
  const { refreshInterval = 30_000, readTimeout = 30_000, armTimeout = 5_000, onRead } = options;
  const { clock = Date.now, random = Math.random } = options;
  const listeners = new Set<(event: FollowEvent) => void>();
  let waiting: PromiseWithResolvers[] = [];
  let set: FlagSet | undefined;
  let snapshot: Snapshot | undefined;
  let status: FollowHealth['status'] = 'starting';
  let freshAt: number | undefined;
  let lastError: FlagError | undefined;
  let lastErrorAt: number | undefined;
  let reads = 0;
  let failures = 0;
  let inARow = 0;
  let reconnects = 0;

  let current: Promise<void> | undefined;
  let again = false;
  let aborter: AbortController | undefined;
  let timer: NodeJS.Timeout | undefined;

  let unsubscribe: Unsubscribe | undefined;
  let lost = 0;
  let armTimer: NodeJS.Timeout | undefined;
  let closing: Promise<void> | undefined;

  function emit(event: FollowEvent): void {
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch (thrown) {
        process.emitWarning(
          `a listener of flag source ${source.name} threw: ${FlagError.from(thrown).message}`,
          'FlagwrightWarning',
        );
      }
    }
  }

  /** Reads, and once more if a hint came meanwhile; then waits for the next time. */
  function read(): Promise<void> {
    if (closing !== undefined) return Promise.resolve();
    if (current !== undefined) {
      again = true;
      return current;
    }
    clearTimeout(timer);
    current = (async () => {
      do {
        again = false;
        await readOnce();
      } while (again && closing === undefined);
      current = undefined;
      if (closing === undefined)
        later(lastError !== undefined && inARow > 0 ? retryDelay(inARow, lastError.code, random) : refreshInterval);
    })();
    return current;
  }

  function later(delay: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void read(), Math.min(delay, refreshInterval));
    timer.unref();
  }

  async function readOnce(): Promise<void> {
    const started = performance.now();
    aborter = new AbortController();
    let error: FlagError | undefined;
    try {
      const next = await limited(source.read(set, aborter.signal), aborter, readTimeout);
      if (closing !== undefined) return;
      accept(next);
    } catch (thrown) {
      if (closing !== undefined) return;
      error = FlagError.from(thrown, 'UNAVAILABLE');
      reject(error);
    }
    reads++;
    report(started, error);
  }

  function report(started: number, error: FlagError | undefined): void {
    if (onRead === undefined) return;
    try {
      onRead({
        source: source.name,
        at: clock(),
        duration: performance.now() - started,
        revision: error === undefined ? set?.revision : undefined,
        error,
      });
    } catch (thrown) {
      process.emitWarning(
        `the read observer of flag source ${source.name} threw: ${FlagError.from(thrown).message}`,
        'FlagwrightWarning',
      );
    }
  }

  function accept(next: FlagSet): void {
    const previous = snapshot;
    if (
      previous === undefined ||
      set === undefined ||
      next.revision !== set.revision ||
      next.document !== set.document ||
      next.stale?.since !== set.stale?.since
    ) {
      const shared = share(set, next);
      // compile before anything is replaced: a document that is none must leave everything as it was
      snapshot = compile(shared, previous, { clock });
      set = shared;
    }
    const now = snapshot!;
    inARow = 0;
    if (now.stale === undefined) freshAt = clock();
    const wasStale = status === 'stale';
    status = now.stale === undefined ? 'ready' : 'stale';
    if (previous === undefined) {
      emit({ type: 'ready', snapshot: now });
      for (const one of waiting) one.resolve(now);
      waiting = [];
    } else if (now.flagsChanged.length > 0 && now !== previous) {
      emit({ type: 'changed', snapshot: now, flagsChanged: now.flagsChanged });
    }
    if (now.stale !== undefined && !wasStale) {
      const cause = FlagError.from(now.stale.cause, 'UNAVAILABLE');
      emit({ type: 'stale', snapshot: now, since: now.stale.since, cause });
    } else if (now.stale === undefined && wasStale) {
      emit({ type: 'recovered', snapshot: now });
    }
  }

  function reject(error: FlagError): void {
    failures++;
    inARow++;
    lastError = error;
    lastErrorAt = clock();
    if (snapshot === undefined) {
      emit({ type: 'error', cause: error });
      for (const one of waiting) one.reject(error);
      waiting = [];
    } else if (status !== 'stale') {
      status = 'stale';
      emit({ type: 'stale', snapshot, since: lastErrorAt, cause: error });
    }
  }

  /** Subscribes; resolves when armed, or when that has failed for now. */
  async function arm(): Promise<void> {
    if (options.subscribe === false || source.subscribe === undefined) return;
    let over = false;
    const lose = (cause: unknown): void => {
      if (over || closing !== undefined) return;
      over = true;
      void disarm();
      lost++;
      reconnects++;
      armTimer = setTimeout(
        () => void arm().then(read),
        retryDelay(lost, FlagError.from(cause, 'UNAVAILABLE').code, random),
      );
      armTimer.unref();
      // what the subscription knew is gone: look for oneself, and find out whether the source is away
      void read();
    };
    try {
      const stop = await source.subscribe({
        changed: () => {
          if (!over && closing === undefined) void read();
        },
        failed: lose,
      });
      if (over || closing !== undefined) await stop();
      else {
        unsubscribe = stop;
        lost = 0;
      }
    } catch (thrown) {
      const error = FlagError.from(thrown, 'UNAVAILABLE');
      if (error.code !== 'UNSUPPORTED') lose(error);
    }
  }

  async function disarm(): Promise<void> {
    const stop = unsubscribe;
    unsubscribe = undefined;
    try {
      await stop?.();
    } catch {
      // the subscription is over either way
    }
  }

  void (async () => {
    await Promise.race([arm(), sleep(armTimeout)]);
    await read();
  })();

  return {
    name: source.name,
    get snapshot() {
      return snapshot;
    },
    ready() {
      if (snapshot !== undefined) return Promise.resolve(snapshot);
      if (closing !== undefined)
        return Promise.reject(new FlagError('NOT_READY', `flag source ${source.name} is closed`));
      const latch = withResolvers();
      waiting.push(latch);
      return latch.promise;
    },
    refresh: read,
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    health: () => ({
      source: source.name,
      status,
      revision: snapshot?.revision,
      freshAt,
      age: freshAt === undefined ? undefined : Math.max(0, clock() - freshAt),
      reads,
      failures,
      reconnects,
      subscribed: unsubscribe !== undefined,
      lastError,
      lastErrorAt,
    }),
    close() {
      closing ??= (async () => {
        status = 'closed';
        clearTimeout(timer);
        clearTimeout(armTimer);
        const error = new FlagError('NOT_READY', `flag source ${source.name} is closed`);
        aborter?.abort(error);
        for (const one of waiting) one.reject(error);
        waiting = [];
        listeners.clear();
        await disarm();
        await source.close?.();
      })();
      return closing;
    },
  };
}

interface PromiseWithResolvers {
  readonly promise: Promise<Snapshot>;
  readonly resolve: (snapshot: Snapshot) => void;
  readonly reject: (error: FlagError) => void;
}

function withResolvers(): PromiseWithResolvers {
  let resolve!: (snapshot: Snapshot) => void;
  let reject!: (error: FlagError) => void;
  const promise = new Promise<Snapshot>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

/** The promise, given up after `ms`, or as soon as `aborter` is aborted, even if the source does not heed its signal. */
function limited<T>(promise: Promise<T>, aborter: AbortController, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => aborter.abort(new FlagError('UNAVAILABLE', `no answer within ${ms} ms`)), ms);
    timer.unref();
    aborter.signal.addEventListener('abort', () => reject(aborter.signal.reason), { once: true });
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
