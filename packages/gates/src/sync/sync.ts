import { setTimeout as sleep } from 'node:timers/promises';
import { FlagError, retryDelay, type Unsubscribe } from '@flagwright/core';
import { ALL_OF } from '../names.ts';
import { NOTHING } from './baseline.ts';
import { followedCluster } from './followed-cluster.ts';
import { checkDurations, checkRunning, type ModeOption, modeOf, type SyncSides, sidesOf } from './options.ts';
import { progressOf } from './progress.ts';
import { type Rounds, roundsOf, type SyncReport } from './round.ts';
import type { SyncHealth } from './sync-health.ts';
import { type SyncListener, tellerOf } from './teller.ts';
import { troubles } from './troubles.ts';
import { type TurnRequest, turnsOf } from './turns.ts';

/** Options of `syncGates`. */
export interface SyncOptions extends SyncSides {
  /** Which way gates go; a function is asked every round. Default: `two-way`. */
  readonly mode?: ModeOption | undefined;
  /** The gates of the program, to tell which ones it does not declare. Those are brought over as the others. */
  readonly gates?: { has(name: string): boolean } | undefined;
  /** How often both sides are looked at, hints or none, in ms. Default: 4,500, which with the look itself is less than 5 s. */
  readonly interval?: number | undefined;
  /** How long to wait for more after a first hint at a local change, in ms. Default: 20. */
  readonly debounce?: number | undefined;
  /** A read or a commit that takes longer, in ms, has failed; `close` waits no longer either. Default: 10,000. */
  readonly timeout?: number | undefined;
  /** Told of every event. Default: what must not go unnoticed is a process warning. */
  readonly onEvent?: SyncListener | undefined;
  /** Reads the time, in ms since the epoch. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** 0 ≤ n < 1, for jitter. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** A node whose gates are kept in step with those of its cluster. */
export interface GateSync {
  /**
   * Resolves once a round is over in which both sides could be looked at; rejects if the next one comes to nothing
   * before that, while attempts go on. The local gates are in force meanwhile, as they are.
   */
  ready(): Promise<void>;
  /** Looks at both sides now, and tries everything that failed. Throws `FlagError` if a side cannot be looked at. */
  forceSync(): Promise<SyncReport>;
  health(): SyncHealth;
  /** Calls back on every event, at once; returns how to stop. A callback that throws is reported as a warning. */
  on(listener: SyncListener): () => void;
  /** Ends, and waits for a round that is under way, but not for ever. The store stays open. May be called twice. */
  close(): Promise<void>;
}

/**
 * Keeps the gates of this node in step with those under `feature.<name>` in a store: what is set or unset on one node
 * comes to all. Only what has changed since both sides last agreed goes either way.
 *
 * Needs nothing to begin with: while the store is away the local gates stay as they are, `health` says so, and it is
 * tried again. No timer keeps the process alive. Throws `FlagError('INVALID_ARGUMENT')`.
 */
export function syncGates(options: SyncOptions): GateSync {
  const { local, baseline } = sidesOf(options);
  checkRunning(options);
  const { store, by, bootstrap = false, gates, clock = Date.now, random = Math.random } = options;
  const { interval = 4_500, debounce = 20, timeout = 10_000 } = options;
  checkDurations({ interval, debounce, timeout });
  const teller = tellerOf(local.name, options.onEvent);
  const book = troubles(clock, random);
  const progress = progressOf(teller, clock);
  let rounds: Rounds | undefined;
  let opening: Promise<Rounds> | undefined;
  /** The node begins, and nothing has come of that yet. */
  let beginning = false;
  let retry: NodeJS.Timeout | undefined;
  let burst: NodeJS.Timeout | undefined;
  let closing: Promise<void> | undefined;

  const isClosed = (): FlagError => new FlagError('NOT_READY', `the sync of ${local.name} is closed`);
  const proceed = (): void => {
    if (closing !== undefined) throw isClosed();
  };

  const cluster = followedCluster(store, {
    by,
    interval,
    timeout,
    clock,
    random,
    async creates() {
      // whether this node begins depends on what it remembers
      await opened().catch(() => undefined);
      return beginning;
    },
    seen(error) {
      if (closing !== undefined) return;
      if (error === undefined) turns.want({ anew: false, force: false });
      else progress.failed(error);
    },
  });

  /** The rounds, once the baseline is open; until then every call attempts that. */
  function opened(): Promise<Rounds> {
    opening ??= begin().catch((thrown: unknown) => {
      opening = undefined;
      throw thrown;
    });
    return opening;
  }

  async function begin(): Promise<Rounds> {
    const { memory, damage } = await baseline.open();
    if (closing !== undefined) await baseline.close();
    proceed();
    if (damage !== undefined) teller.tell({ type: 'damaged', cause: damage });
    beginning = bootstrap && damage === undefined && memory === undefined;
    const start = memory ?? { ...NOTHING, joined: beginning };
    const newId = (): string => crypto.randomUUID();
    rounds = roundsOf({
      local,
      cluster,
      baseline,
      memory: start,
      troubles: book,
      clock,
      newId,
      tell: teller.tell,
      proceed,
    });
    return rounds;
  }

  async function work({ anew, force }: TurnRequest): Promise<SyncReport> {
    const ended = progress.begun();
    try {
      const node = await opened();
      return await node.round({ mode: await modeOf(options.mode), anew, force });
    } finally {
      ended();
    }
  }

  const turns = turnsOf(work, (report, error) => {
    if (closing !== undefined) return;
    if (report === undefined) {
      progress.roundFailed(error!);
      again(retryDelay(progress.failuresInARow, error!, random));
      return;
    }
    beginning = false;
    progress.done(report);
    const next = [...report.errors.values()].map((trouble) => trouble.next - clock());
    if (report.settling !== undefined) next.push(report.settling);
    if (next.length > 0) again(Math.max(10, Math.min(...next)));
  });

  /** Another round after a while, and not later than the usual one. */
  function again(delay: number): void {
    clearTimeout(retry);
    retry = setTimeout(() => turns.want({ anew: false, force: false }), Math.min(delay, interval));
    retry.unref();
  }

  /** The first hint starts the timer and later ones do not put it off. */
  function hint(): void {
    if (closing !== undefined || burst !== undefined) return;
    burst = setTimeout(() => {
      burst = undefined;
      turns.want({ anew: false, force: false });
    }, debounce);
    burst.unref();
  }

  const watching: Promise<Unsubscribe | undefined> = (async () => {
    try {
      return await local.subscribe?.(hint);
    } catch {
      // then changes are seen at the interval
      return undefined;
    }
  })();

  return {
    ready() {
      if (progress.last === undefined && closing !== undefined) return Promise.reject(isClosed());
      return progress.ready();
    },
    forceSync: () => turns.ask({ anew: true, force: true }),
    health() {
      const known = progress.last?.gates ?? [];
      return {
        ...progress.health(),
        ...(closing !== undefined && { status: 'closed' }),
        joined: rounds?.memory.joined ?? false,
        local: local.name,
        baseline: baseline.name,
        cluster: cluster.health(),
        undeclared: known.filter((name) => gates?.has(name) === false && !Object.hasOwn(ALL_OF, name)),
      };
    },
    on: teller.on,
    close() {
      closing ??= (async () => {
        clearTimeout(retry);
        clearTimeout(burst);
        progress.end(isClosed());
        await (await watching)?.();
        const limit = new AbortController();
        await Promise.race([turns.close(), sleep(timeout, undefined, { signal: limit.signal }).catch(() => undefined)]);
        limit.abort();
        await cluster.close();
        await baseline.close();
        teller.clear();
      })();
      return closing;
    },
  };
}
