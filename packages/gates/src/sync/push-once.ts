import { setTimeout as sleep } from 'node:timers/promises';
import { FlagError, type FlagStore } from '@flagwright/core';
import { type Baseline, type Memory, NOTHING } from './baseline.ts';
import { directCluster } from './cluster.ts';
import type { Change } from './events.ts';
import type { LocalGates } from './local.ts';
import { readHere } from './look.ts';
import { checkDurations, type SyncSides, sidesOf } from './options.ts';
import { roundsOf, type SyncReport } from './round.ts';
import { troubles } from './troubles.ts';
import { viewOf } from './view.ts';

/** Options of `pushOnce`. */
export interface PushOnceOptions extends SyncSides {
  /** It takes no longer than this, in ms. Default: 10,000. */
  readonly timeout?: number | undefined;
}

/** What came of `pushOnce`. */
export interface PushOnceResult {
  /** A sync of this node is running, and has done it. */
  readonly byRunningSync: boolean;
  /** Gates that went to the cluster now. */
  readonly pushed: readonly Change[];
  /** Gates that differ in the cluster, but were not changed here: a sync takes them. */
  readonly held: readonly string[];
}

/** Between two looks at what a running sync has done, in ms. */
const PAUSE = 50;

/** Between two looks at the store, in ms. */
const LOOK_AGAIN = 1_000;

/**
 * Brings the changes of this node's gates to the cluster, once, and takes nothing: for a configure hook. If a sync of
 * this node is running, waits for it to do that.
 *
 * Throws `FlagError`: `INVALID_ARGUMENT`; `PARSE_ERROR` if the gates cannot be read; what the store throws; or
 * `UNAVAILABLE` if it takes longer than `timeout`. What was not brought over then is, by the next call or a sync.
 */
export async function pushOnce(options: PushOnceOptions): Promise<PushOnceResult> {
  const { local, baseline } = sidesOf(options);
  const { timeout = 10_000 } = options;
  checkDurations({ timeout });
  // a process that does nothing else would end before it is known what came of this
  const alive = setInterval(() => undefined, timeout);
  try {
    return await pushUntil(Date.now() + timeout, { ...options, local, baseline, timeout });
  } finally {
    clearInterval(alive);
  }
}

interface Checked extends PushOnceOptions {
  readonly local: LocalGates;
  readonly baseline: Baseline;
  readonly timeout: number;
}

/** Does it itself, or sees it done. */
async function pushUntil(end: number, options: Checked): Promise<PushOnceResult> {
  const { local, store, baseline, timeout } = options;
  const leftAlone = foreignNames(store, () => end - Date.now());
  for (;;) {
    let opened: Awaited<ReturnType<Baseline['open']>> | undefined;
    try {
      opened = await baseline.open();
    } catch (thrown) {
      if (FlagError.from(thrown).code !== 'CONFLICT') throw thrown;
    }
    if (opened !== undefined) {
      try {
        const begins = options.bootstrap === true && opened.memory === undefined && opened.damage === undefined;
        const memory = opened.memory ?? { ...NOTHING, joined: begins };
        const { pushed, held } = await pushAlone({ ...options, memory, begins, end });
        return { byRunningSync: false, pushed, held };
      } finally {
        await baseline.close();
      }
    }
    const differing = await leftToDo(local, baseline);
    const foreign = differing.length === 0 ? undefined : await leftAlone();
    const left = differing.filter((name) => foreign?.has(name) !== true);
    if (left.length === 0) return { byRunningSync: true, pushed: [], held: [] };
    if (Date.now() >= end) {
      const message = `the sync that runs has not brought ${left.join(', ')} to the cluster within ${timeout} ms`;
      throw new FlagError('UNAVAILABLE', `${message}. Hint: look at its health`);
    }
    await sleep(PAUSE);
  }
}

interface Alone extends Checked {
  readonly memory: Memory;
  readonly begins: boolean;
  /** When to give up, in ms since the epoch. */
  readonly end: number;
}

/** Rounds until everything is there, or time is over. */
async function pushAlone({ local, store, by, baseline, memory, begins, end }: Alone): Promise<SyncReport> {
  const left = (): number => Math.max(1, end - Date.now());
  const pushed: Change[] = [];
  const rounds = roundsOf({
    local,
    cluster: directCluster(store, {
      by,
      creates: () => begins,
      get timeout() {
        return left();
      },
    }),
    baseline,
    memory,
    troubles: troubles(Date.now, Math.random),
    clock: Date.now,
    newId: () => crypto.randomUUID(),
    tell(event) {
      if (event.type === 'pushed') pushed.push({ gate: event.gate, before: event.before, now: event.now });
    },
    proceed: () => undefined,
  });
  for (;;) {
    let failure: FlagError;
    try {
      const report = await rounds.round({ mode: 'push-only', anew: true, force: true });
      if (report.pending.length === 0) return { ...report, pushed };
      const [gate, trouble] = [...report.errors][0] ?? [];
      const message = `${report.pending.join(', ')} could not be brought to the cluster`;
      const why = gate === undefined ? `${local.name} was changed just now` : `${gate}: ${trouble?.message ?? ''}`;
      failure = new FlagError(trouble?.code ?? 'CONFLICT', `${message} (${why})`);
    } catch (thrown) {
      failure = FlagError.from(thrown);
    }
    const passing = failure.code === 'UNAVAILABLE' || failure.code === 'UNKNOWN' || failure.code === 'CONFLICT';
    if (!passing || left() <= 2 * PAUSE) throw failure;
    await sleep(PAUSE);
  }
}

/** Gates whose local values a running sync has not brought to the cluster yet; not those that it leaves alone here. */
async function leftToDo(local: LocalGates, baseline: Baseline): Promise<readonly string[]> {
  const [here, { gates, joined }] = await Promise.all([readHere(local), baseline.peek()]);
  const names = new Set([...here.gates.keys(), ...gates.keys()]);
  return [...names].filter((name) => {
    if (here.left.has(name)) return false;
    const entry = gates.get(name);
    return !joined || entry?.push !== undefined || entry?.agreed?.value !== here.gates.get(name);
  });
}

/** Tells the names that are left alone for what the store has there, as they were a second ago at most, if it answers. */
function foreignNames(store: FlagStore, left: () => number): () => Promise<{ has(name: string): boolean } | undefined> {
  let known: { has(name: string): boolean } | undefined;
  let next = 0;
  const cluster = directCluster(store, {
    creates: () => false,
    get timeout() {
      return Math.max(1, Math.min(LOOK_AGAIN, left()));
    },
  });
  return async () => {
    if (Date.now() < next) return known;
    next = Date.now() + LOOK_AGAIN;
    known = await cluster.read(true).then(
      (snapshot) => viewOf(snapshot).left,
      () => known,
    );
    return known;
  };
}
