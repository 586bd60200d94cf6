import { compile } from './compile.ts';
import { FlagError } from './error.ts';
import type { FollowEvent, Follower, FollowHealth, FollowOptions } from './follower.ts';
import { preview } from './issue.ts';
import { issueTeller } from './issue-teller.ts';
import { retryDelay } from './retry.ts';
import { share } from './share.ts';
import type { Snapshot } from './snapshot.ts';
import type { FlagSet, FlagSource, Unsubscribe } from './source.ts';
import { before, checkDuration, type Latch, latch, limited } from './timing.ts';
import { warnNoHints, warnThrown } from './warning.ts';

/**
 * Follows a source: the only place that retries, backs off, resyncs, coalesces and decides what is stale.
 *
 * Subscribes before it reads, so that no change falls between. Reads at the refresh interval always; a hint only makes
 * it sooner, and a hint during a read causes exactly one more. A failed read keeps the last good snapshot. A lost
 * subscription is taken up again after a back-off, and followed by a read. No timer keeps the process alive.
 */
export function follow(source: FlagSource, options: FollowOptions = {}): Follower {
  checkSource(source);
  const { refreshInterval = 30_000, readTimeout = 30_000, armTimeout = 2_000, onRead } = options;
  const { clock = Date.now, random = Math.random } = options;
  for (const [name, value] of Object.entries({ refreshInterval, readTimeout, armTimeout })) checkDuration(name, value);
  const listeners = new Set<(event: FollowEvent) => void>();
  let waiting: Latch<Snapshot>[] = [];
  let set: FlagSet | undefined;
  let snapshot: Snapshot | undefined;
  let status: FollowHealth['status'] = 'starting';
  let freshAt: number | undefined;
  let lastError: FlagError | undefined;
  let lastErrorAt: number | undefined;
  let reads = 0;
  const tellIssues = issueTeller(source.name, options.onIssues);
  let failures = 0;
  /** What went wrong with the last read; a copy served for an origin that is away counts too. */
  let setback: FlagError | undefined;
  let inARow = 0;
  let reconnects = 0;

  let current: Promise<void> | undefined;
  let again = false;
  let aborter: AbortController | undefined;
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  let unsubscribe: Unsubscribe | undefined;
  let lost = 0;
  let hintError: FlagError | undefined;
  let armTimer: NodeJS.Timeout | undefined;
  let closing: Promise<void> | undefined;

  function emit(event: FollowEvent): void {
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch (thrown) {
        warnThrown(`a listener of flag source ${source.name}`, thrown);
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
      if (closing === undefined) later();
    })();
    return current;
  }

  /** Waits for the refresh interval, or, after a setback, for less; refused credentials and Retry-After make it more. */
  function later(): void {
    let delay = refreshInterval;
    if (setback !== undefined) {
      const patience = retryDelay(inARow, setback, random);
      const patient = setback.code === 'UNAUTHORIZED' || setback.retryAfter !== undefined;
      delay = patient ? patience : Math.min(patience, refreshInterval);
    }
    clearTimeout(timer);
    timer = setTimeout(() => void read(), delay);
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
      warnThrown(`the read observer of flag source ${source.name}`, thrown);
    }
  }

  function accept(next: FlagSet): void {
    const previous = snapshot;
    if (previous === undefined || next.revision !== set?.revision || next.stale?.since !== set.stale?.since) {
      const shared = share(set, next);
      // compile before anything is replaced: a document that is none must leave everything as it was
      snapshot = compile(shared, previous, { clock });
      follower.snapshot = snapshot;
      set = shared;
    }
    const now = snapshot!;
    const issues = now === previous ? [] : tellIssues(now);
    setback = now.stale === undefined ? undefined : FlagError.from(now.stale.cause, 'UNAVAILABLE');
    inARow = setback === undefined ? 0 : inARow + 1;
    if (setback === undefined) {
      freshAt = clock();
    } else {
      lastError = setback;
      lastErrorAt = clock();
    }
    const wasStale = status === 'stale';
    status = now.stale === undefined ? 'ready' : 'stale';
    if (previous === undefined) {
      emit({ type: 'ready', snapshot: now });
      for (const one of waiting) one.resolve(now);
      waiting = [];
    } else if (now.flagsChanged.length > 0 && now !== previous) {
      emit({ type: 'changed', snapshot: now, flagsChanged: now.flagsChanged, issues });
    }
    if (now.stale !== undefined && !wasStale) {
      emit({ type: 'stale', snapshot: now, since: now.stale.since, cause: setback! });
    } else if (now.stale === undefined && wasStale) {
      emit({ type: 'recovered', snapshot: now });
    }
  }

  function reject(error: FlagError): void {
    const another = error.code === 'PARSE_ERROR' && error.message !== lastError?.message;
    failures++;
    inARow++;
    setback = error;
    lastError = error;
    lastErrorAt = clock();
    if (snapshot === undefined) {
      emit({ type: 'error', cause: error });
      for (const one of waiting) one.reject(error);
      waiting = [];
    } else if (status !== 'stale' || another) {
      status = 'stale';
      emit({ type: 'stale', snapshot, since: lastErrorAt, cause: error });
    }
  }

  /** Subscribes; resolves when armed, or when that has failed for now. */
  async function arm(): Promise<void> {
    if (options.subscribe === false || source.subscribe === undefined) return;
    let over = false;
    const armLater = (error: FlagError): void => {
      hintError = error;
      lost++;
      armTimer = setTimeout(() => void arm().then(readIfArmed), retryDelay(lost, error, random));
      armTimer.unref();
    };
    const lose = (cause: unknown): void => {
      if (over || closing !== undefined) return;
      over = true;
      void disarm();
      reconnects++;
      armLater(FlagError.from(cause, 'UNAVAILABLE'));
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
        hintError = undefined;
      }
    } catch (thrown) {
      const error = FlagError.from(thrown, 'UNAVAILABLE');
      if (error.code !== 'UNSUPPORTED') return lose(error);
      if (closing !== undefined) return;
      if (lost === 0) warnNoHints(source.name, error, refreshInterval);
      armLater(error);
    }
  }

  /** What changed while there was no subscription was not hinted at. */
  async function readIfArmed(): Promise<void> {
    if (unsubscribe !== undefined) await read();
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

  // a plain property, not an accessor: every evaluation reads it
  const follower: Omit<Follower, 'snapshot'> & { snapshot: Snapshot | undefined } = {
    name: source.name,
    snapshot: undefined,
    ready() {
      if (snapshot !== undefined) return Promise.resolve(snapshot);
      if (closing !== undefined)
        return Promise.reject(new FlagError('NOT_READY', `flag source ${source.name} is closed`));
      const first = latch<Snapshot>();
      waiting.push(first);
      return first.promise;
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
      hintError,
      lastError,
      lastErrorAt,
      degraded: degradedFlags(snapshot),
    }),
    close() {
      closing ??= (async () => {
        status = 'closed';
        clearTimeout(timer);
        clearTimeout(armTimer);
        const error = new FlagError('NOT_READY', `flag source ${source.name} is closed`);
        stopping.abort(error);
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
  void (async () => {
    const arming = arm();
    const inTime = await before(arming, armTimeout, stopping.signal);
    await read();
    // armed late: what changed since the read was not hinted at
    if (!inTime) await arming.then(read);
  })();

  return follower;
}

/** Refuses what is no flag source, with `INVALID_ARGUMENT`. */
export function checkSource(source: unknown): void {
  if (typeof (source as FlagSource | null | undefined)?.read === 'function') return;
  throw new FlagError(
    'INVALID_ARGUMENT',
    `${preview(source)} is no flag source; expected e.g. fileSource({ path: 'features.yaml' })`,
  );
}

function degradedFlags(snapshot: Snapshot | undefined): readonly string[] {
  const keys: string[] = [];
  snapshot?.flags.forEach((flag, key) => {
    if (flag.lastGood || (flag.definition === undefined && flag.source !== undefined)) keys.push(key);
  });
  return keys;
}
