import { compile } from './compile.ts';
import { FlagError } from './error.ts';
import type { FollowEvent, Follower, FollowHealth, FollowOptions } from './follower.ts';
import { hintsOf } from './hints.ts';
import { preview } from './issue.ts';
import { issueTeller } from './issue-teller.ts';
import { asksForPatience, retryDelay } from './retry.ts';
import { share } from './share.ts';
import { degradedFlags, flagCounts, type Snapshot } from './snapshot.ts';
import type { FlagSet, FlagSource } from './source.ts';
import { sameStale, staleTeller } from './stale.ts';
import { before, checkDuration, type Latch, latch, limited } from './timing.ts';
import { warnThrown } from './warning.ts';

/**
 * Follows a source: the only place that retries, backs off, resyncs, coalesces and decides what is stale.
 *
 * Subscribes before it reads, so that no change falls between. Reads at the refresh interval always; a hint only makes
 * it sooner, and a hint during a read causes exactly one more. A failed read keeps the last good snapshot; a backend that
 * refused the credentials, or asked for time, is left alone meanwhile, whatever is hinted. A lost subscription is taken
 * up again after a back-off, and followed by a read. No timer keeps the process alive.
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
  let latency: number | undefined;
  let reads = 0;
  const tell = staleTeller(emit);
  const tellIssues = issueTeller(source.name, options.onIssues);
  let failures = 0;
  /** What went wrong with the last read; a copy served for an origin that is away counts too. */
  let setback: FlagError | undefined;
  /** Whether the backend is to be left alone until the next time, whatever is hinted. */
  let patient = false;
  let inARow = 0;

  let reading = false;
  /** Who asked for a read that has not begun. */
  let asking: Latch<void>[] = [];
  /** Whether a hint came during the read that is under way. */
  let hinted = false;
  let aborter: AbortController | undefined;
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  const hints = hintsOf(source, { look, refreshInterval, random });
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

  /** Reads, and once more if that was asked for meanwhile; then waits for the next time. */
  async function read(): Promise<void> {
    if (reading || closing !== undefined) return;
    reading = true;
    clearTimeout(timer);
    do {
      const served = asking;
      [asking, hinted] = [[], false];
      await readOnce();
      for (const one of served) one.resolve();
    } while (closing === undefined && (asking.length > 0 || (hinted && !patient)));
    reading = false;
    if (closing === undefined) later();
  }

  /** Reads now: by a read that begins after this call. */
  function refresh(): Promise<void> {
    if (closing !== undefined) return Promise.resolve();
    const one = latch<void>();
    asking.push(one);
    void read();
    return one.promise;
  }

  /** Reads because of a hint. A backend that is to be left alone is read when its time is over, and that is enough. */
  function look(): void {
    if (reading) hinted = true;
    else if (!patient) void read();
  }

  /** Waits for the refresh interval, or, after a setback, for less; refused credentials and Retry-After make it more. */
  function later(): void {
    let delay = refreshInterval;
    if (setback !== undefined) {
      const patience = retryDelay(inARow, setback, random);
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
    latency = performance.now() - started;
    report(latency, error);
  }

  function report(duration: number, error: FlagError | undefined): void {
    if (onRead === undefined) return;
    try {
      onRead({
        source: source.name,
        at: clock(),
        duration,
        revision: error === undefined ? set?.revision : undefined,
        error,
        snapshot,
        stale: error === undefined ? setback : undefined,
      });
    } catch (thrown) {
      warnThrown(`the read observer of flag source ${source.name}`, thrown);
    }
  }

  function accept(next: FlagSet): void {
    const previous = snapshot;
    if (previous === undefined || next.revision !== set?.revision || !sameStale(next.stale, set.stale)) {
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
    // whoever serves a copy answers, whatever its origin refused: unless it says when to ask again
    patient = setback?.retryAfter !== undefined;
    if (next.stale === undefined) freshAt = clock();
    // what is known of a copy does not take back what was known before
    else freshAt = Math.max(freshAt ?? next.stale.since, next.stale.since);
    if (setback !== undefined) {
      lastError = setback;
      lastErrorAt = clock();
    }
    status = now.stale === undefined ? 'ready' : 'stale';
    if (previous === undefined) {
      emit({ type: 'ready', snapshot: now });
      for (const one of waiting) one.resolve(now);
      waiting = [];
    } else if (now.flagsChanged.length > 0 && now !== previous) {
      emit({ type: 'changed', snapshot: now, flagsChanged: now.flagsChanged, issues });
    }
    if (now.stale === undefined) tell.fresh(now);
    else tell.stale(now, now.stale.since, setback!);
  }

  function reject(error: FlagError): void {
    failures++;
    inARow++;
    setback = error;
    patient = asksForPatience(error);
    lastError = error;
    lastErrorAt = clock();
    if (snapshot === undefined) {
      emit({ type: 'error', cause: error });
      for (const one of waiting) one.reject(error);
      waiting = [];
    } else {
      status = 'stale';
      tell.stale(snapshot, lastErrorAt, error);
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
    refresh,
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
      refreshInterval,
      latency,
      ...flagCounts(snapshot),
      reads,
      failures,
      reconnects: hints.losses,
      subscribed: hints.subscribed,
      hintError: hints.error,
      lastError,
      lastErrorAt,
      degraded: degradedFlags(snapshot),
    }),
    close() {
      closing ??= (async () => {
        status = 'closed';
        clearTimeout(timer);
        const error = new FlagError('NOT_READY', `flag source ${source.name} is closed`);
        stopping.abort(error);
        aborter?.abort(error);
        for (const one of waiting) one.reject(error);
        waiting = [];
        for (const one of asking) one.resolve();
        asking = [];
        listeners.clear();
        await hints.close();
        await source.close?.();
      })();
      return closing;
    },
  };
  void (async () => {
    const arming = options.subscribe === false ? Promise.resolve() : hints.arm();
    const inTime = await before(arming, armTimeout, stopping.signal);
    await refresh();
    // armed late: what changed since the read was not hinted at
    if (!inTime) await arming.then(look);
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
