import { checkDuration, FlagError, type Issue, jsonEqual, type Unsubscribe } from '@flagwright/core';
import { checkOptionsGiven } from './given-gates.ts';
import type { LiveGates } from './holder.ts';
import { issuesTeller } from './issues-teller.ts';
import { type GateSetting, layer } from './layer.ts';
import type { LocalGates } from './sync/local.ts';
import { guardedWarner } from './warn.ts';

/** Options of `followLocal`. */
export interface LocalOptions {
  /** How often the local gates are read, hints or none, in ms. Default: 4,500. */
  readonly interval?: number | undefined;
}

/** Local gates that are being followed. */
export interface LocalFollower {
  /** Resolves once they are laid; rejects with what the first read failed with, while attempts go on. */
  ready(): Promise<void>;
  /** Reads them now. Resolves when that read is over, whatever came of it. */
  refresh(): Promise<void>;
  health(): LocalHealth;
  /** Stops. The layer stays as it is. May be called more than once. */
  close(): Promise<void>;
}

/** How the `local` layer is doing. */
export interface LocalHealth {
  /** The name of the local gates. */
  readonly local: string;
  /** `stale`: the last read failed, and the layer of the one before serves. */
  readonly status: 'starting' | 'ready' | 'stale' | 'closed';
  readonly lastError: FlagError | undefined;
  /** What it says and cannot be followed: `unknown-gate`, `locked`, `pre-alpha`. */
  readonly issues: readonly Issue[];
}

/**
 * Keeps the `local` layer of live gates as the file that `syncGates` keeps in step with the cluster, so that what is set
 * there counts while the cluster is away. Gates that cannot be read, and a file that is gone, change nothing; a read that
 * fails is told in a warning, once until one is good again; what cannot be followed, once. No timer keeps the process alive.
 */
export function followLocal<N extends string>(
  live: LiveGates<N>,
  local: LocalGates,
  options: LocalOptions = {},
): LocalFollower {
  checkOptionsGiven(options);
  const { interval = 4_500 } = options;
  if (typeof local?.read !== 'function') {
    throw new FlagError('INVALID_ARGUMENT', "these are no local gates; expected e.g. gateFile('gates.yaml')");
  }
  checkDuration('interval', interval);
  const { name } = local;
  const { program } = live.current.program;
  const warn = guardedWarner(live.current.program);
  const tell = issuesTeller(`the local feature gates (${name}) say what ${program} cannot follow`, warn);
  const issues = (): readonly Issue[] => live.current.issues.filter(({ path }) => path[0] === 'local');
  let status: LocalHealth['status'] = 'starting';
  let lastError: FlagError | undefined;
  let failing = false;
  let laid: readonly GateSetting[] = live.current.layer('local')?.settings ?? [];
  let reading: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function readOnce(): Promise<void> {
    try {
      const gates = await local.read();
      if (status === 'closed') return;
      lay(gates);
      status = 'ready';
      failing = false;
    } catch (thrown) {
      if (status === 'closed') return;
      lastError = FlagError.from(thrown, 'UNAVAILABLE');
      if (status === 'ready') status = 'stale';
      if (!failing) warn(`the local feature gates stay as they were: ${lastError.message}`);
      failing = true;
    }
  }

  function lay(gates: ReadonlyMap<string, boolean> | undefined): void {
    // a file that is gone is made anew from the cluster: nobody has unset anything
    if (gates === undefined) return;
    const { settings } = layer('local', Object.fromEntries(gates), name);
    const unmet = unmetOf(live);
    if (!jsonEqual(settings, laid)) {
      live.apply({ name: 'local', settings });
      laid = settings;
    }
    tell([...issues(), ...[...unmetOf(live)].flatMap(([gate, issue]) => (unmet.has(gate) ? [] : issue))]);
  }

  /** Reads by a read that begins after this call. */
  function refresh(): Promise<void> {
    if (status === 'closed') return Promise.resolve();
    if (reading !== undefined) {
      next ??= reading.then(() => {
        next = undefined;
        return refresh();
      });
      return next;
    }
    reading = readOnce().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  const watching: Promise<Unsubscribe | undefined> = (async () => {
    try {
      return await local.subscribe?.(() => void refresh());
    } catch {
      // then changes are seen at the interval
      return undefined;
    }
  })();
  const timer = setInterval(() => void refresh(), interval);
  timer.unref();
  const first = watching.then(refresh);

  return {
    async ready() {
      await first;
      if (status === 'starting') throw lastError!;
      if (status === 'closed') throw new FlagError('NOT_READY', `${name} is not followed any more`);
    },
    refresh,
    health: () => ({ local: name, status, lastError, issues: issues() }),
    async close() {
      status = 'closed';
      clearInterval(timer);
      await (await watching)?.();
    },
  };
}

/** The gates that are off for want of what they require, by name. */
function unmetOf<N extends string>({ current }: LiveGates<N>): ReadonlyMap<unknown, Issue> {
  const unmet = current.issues.filter(({ path }) => path[0] === 'requirement');
  return new Map(unmet.map((issue) => [issue.path[1], issue]));
}
