import { setTimeout as sleep } from 'node:timers/promises';
import { FlagError, retryDelay, type Unsubscribe } from '@flagwright/core';
import { ALL_OF } from '../names.ts';
import { NOTHING } from './baseline.ts';
import { followedCluster } from './followed-cluster.ts';
import { checkDurations, checkRunning, type ModeOption, modeOf, type SyncSides, sidesOf } from './options.ts';
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
  const counts = { rounds: 0, failures: 0, pushed: 0, pulled: 0, conflicts: 0 };
  teller.on(({ type }) => {
    if (type === 'pushed') counts.pushed++;
    if (type === 'pulled') counts.pulled++;
    if (type === 'conflict') counts.conflicts++;
  });
  let rounds: Rounds | undefined;
  let opening: Promise<Rounds> | undefined;
  /** The node begins, and nothing has come of that yet. */
  let beginning = false;
  let last: SyncReport | undefined;
  let failure: FlagError | undefined;
  let inARow = 0;
  let lastError: FlagError | undefined;
  let lastErrorAt: number | undefined;
  let lastSync: number | undefined;
  let duration: number | undefined;
  let waiting: { readonly resolve: () => void; readonly reject: (error: FlagError) => void }[] = [];
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
      else failed(error);
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
    const started = performance.now();
    counts.rounds++;
    try {
      const node = await opened();
      return await node.round({ mode: await modeOf(options.mode), anew, force });
    } finally {
      duration = performance.now() - started;
    }
  }

  const turns = turnsOf(work, (report, error) => {
    if (closing !== undefined) return;
    if (report === undefined) {
      counts.failures++;
      failed(error!);
      again(retryDelay(inARow, error!, random));
      return;
    }
    last = report;
    beginning = false;
    if (report.pending.length === 0) lastSync = clock();
    if (failure !== undefined) teller.tell({ type: 'recovered' });
    failure = undefined;
    inARow = 0;
    for (const { resolve } of waiting) resolve();
    waiting = [];
    const next = [...report.errors.values()].map((trouble) => trouble.next - clock());
    if (report.settling !== undefined) next.push(report.settling);
    if (next.length > 0) again(Math.max(10, Math.min(...next)));
  });

  /** One side cannot be looked at. What is the same as before is not told again. */
  function failed(error: FlagError): void {
    inARow++;
    lastError = error;
    lastErrorAt = clock();
    if (failure?.code !== error.code || causeIn(failure) !== causeIn(error)) {
      teller.tell({ type: 'failed', cause: error });
    }
    failure = error;
    for (const { reject } of waiting) reject(error);
    waiting = [];
  }

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
      if (last !== undefined) return Promise.resolve();
      if (closing !== undefined) return Promise.reject(isClosed());
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    forceSync: () => turns.ask({ anew: true, force: true }),
    health() {
      const { pending = [], held = [], errors = new Map(), strange = new Map() } = last ?? {};
      const status =
        closing !== undefined
          ? 'closed'
          : failure !== undefined
            ? 'failing'
            : last === undefined
              ? 'starting'
              : pending.length > 0
                ? 'pending'
                : 'in-step';
      return {
        status,
        mode: last?.mode,
        joined: rounds?.memory.joined ?? false,
        local: local.name,
        baseline: baseline.name,
        cluster: cluster.health(),
        pending,
        held,
        errors: [...errors].map(([gate, trouble]) => ({ gate, ...trouble })),
        strange: [...strange].map(([key, why]) => ({ key, why })),
        undeclared: (last?.gates ?? []).filter((name) => gates?.has(name) === false && !Object.hasOwn(ALL_OF, name)),
        lastSync,
        lastError,
        lastErrorAt,
        duration,
        ...counts,
      };
    },
    on: teller.on,
    close() {
      closing ??= (async () => {
        clearTimeout(retry);
        clearTimeout(burst);
        for (const { reject } of waiting) reject(isClosed());
        waiting = [];
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

/** What a message says, whatever times and counts are in it. */
function causeIn({ message }: FlagError): string {
  return message.replace(/\d+/g, '0');
}
