import {
  FlagError,
  type FollowHealth,
  flagCounts,
  preview,
  type ReadRecord,
  type Sink,
  warnThrown,
} from '@flagwright/core';
import {
  type BackendRecord,
  guarded,
  type MetricRegistry,
  type Metrics,
  type Recorder,
  recorder,
} from '@flagwright/telemetry';
import { type EvaluationStats, evaluationStats, type HealthCheck, healthReport } from '@flagwright/telemetry/health';
import { prometheusMetrics } from '@flagwright/telemetry/prometheus';
import type { Settings } from './checked.ts';
import { isCopy, isCutOff } from './sources.ts';

/** What is done with measurements; `metrics` in the configuration says whether and how there are any. */
export interface TelemetryOptions {
  /** Takes the measurements. Default: counters of our own, named and labelled as the configuration says. */
  readonly metrics?: Metrics | undefined;
  /** Where our own counters are registered: a `Registry` of prom-client. */
  readonly registry?: MetricRegistry | undefined;
  /** Told of every evaluation and everything tracked, unless the configuration says to send no events. */
  readonly sinks?: readonly Sink[] | undefined;
  /** Told of every read of a source; `source` is the provider of the configuration. Must not throw. */
  readonly onRead?: ((record: ReadRecord) => void) | undefined;
}

/** One backend, as it is measured while it is in use. */
export interface Watched {
  readonly settings: Settings;
  /** Told of its reads, or of its news. */
  onRead(record: BackendRecord): void;
}

/** Everything that is measured, whichever backend is in use. */
export interface Telemetry {
  /** Told of every evaluation: the hook's sinks, or the client's. */
  readonly sinks: readonly Sink[];
  /** What takes the measurements; undefined if there are none. */
  readonly metrics: Metrics | undefined;
  /** A backend that is to be opened. The first is in use at once. */
  watch(settings: Settings): Watched;
  /** From now on this one is in use. Never throws. */
  use(watched: Watched): void;
  /** Shows our own counters in the registry: last, when all else is known to be good. Throws if a name is taken. */
  register(): void;
  /** Flags are read: queues of events are counted, too. */
  start(): void;
  /** Flags are read no more: what was known of the backend is not known any longer. */
  stop(): void;
  /** The health check of what is in use. */
  check(health: FollowHealth | undefined): HealthCheck;
}

/** Measures what a configuration asks for. Throws `INVALID_ARGUMENT` for options that make no sense. */
export function openTelemetry(first: Settings, options: TelemetryOptions): Telemetry {
  checkOptions(options);
  const { sinks = [], onRead } = options;
  const { metrics, register } = metricsOf(first, options);
  const stats = metrics === undefined && sinks.length === 0 ? undefined : evaluationStats();
  const backends = new WeakMap<Watched, Backend>();
  let current: Watched | undefined;
  let sending = false;
  let uncount: (() => void)[] = [];

  function watch(settings: Settings): Watched {
    const backend = open(settings, metrics, stats);
    const source = nameOf(settings);
    const watched: Watched = {
      settings,
      onRead(record) {
        backend.last = record;
        if (current === watched) backend.tell(record);
        // reads only: `follow` told it, and takes care of what throws
        if (record.operation === undefined) onRead?.({ ...(record as ReadRecord), source });
      },
    };
    backends.set(watched, backend);
    if (current === undefined) use(watched);
    return watched;
  }

  function use(watched: Watched): void {
    const before = current;
    current = watched;
    sending = watched.settings.get('sendEvents') === true;
    if (before === undefined) return;
    backends.get(before)!.leave();
    const { last, tell } = backends.get(watched)!;
    if (last !== undefined) tell(last);
  }

  return {
    sinks: [
      ...(metrics === undefined ? [] : [(record: Parameters<Sink>[0]) => backends.get(current!)!.sink?.(record)]),
      ...(stats === undefined ? [] : [stats]),
      ...sinks.map((sink) => switchable(sink, () => sending)),
    ],
    metrics,
    watch,
    use,
    register,
    start() {
      if (metrics !== undefined && uncount.length === 0) uncount = sinks.map((sink) => countEvents(sink, metrics));
    },
    stop() {
      backends.get(current!)!.leave();
      const ends = uncount;
      uncount = [];
      for (const end of ends) end();
    },
    check(health) {
      const { settings } = current!;
      return healthReport({ health: () => named(settings, health), stats, cached: isCopy(settings) }).health();
    },
  };
}

interface Backend {
  readonly sink: Sink | undefined;
  /** What was told last, for the case that it is in use only later. */
  last: BackendRecord | undefined;
  tell(record: BackendRecord): void;
  /** It is in use no more. */
  leave(): void;
}

function open(settings: Settings, metrics: Metrics | undefined, stats: EvaluationStats | undefined): Backend {
  // nobody has to be told that a network which is not to be used is not there
  const silent = isCutOff(settings);
  const source = nameOf(settings);
  const background = metrics === undefined ? undefined : guarded(metrics);
  const recording: Recorder | undefined =
    metrics === undefined ? undefined : recorder(metrics, { cached: isCopy(settings) && !silent });
  return {
    sink: recording?.sinks[0],
    last: undefined,
    tell(record) {
      stats?.onRead(record);
      if (!silent) recording?.onRead({ ...record, source });
      else {
        const { flags, activeFlags } = flagCounts(record.snapshot);
        background?.setFlagCounts(flags, activeFlags);
      }
    },
    leave: () => recording?.close(),
  };
}

const nameOf = ({ get }: Settings): string => get('provider')!;

/** Health by the name of the provider. Where there is no network and no copy, there never was anything fresh. */
function named(settings: Settings, health: FollowHealth | undefined): FollowHealth | undefined {
  if (health === undefined) return undefined;
  const nothing = isCutOff(settings) && health.flags === 0;
  return { ...health, source: nameOf(settings), ...(nothing ? { freshAt: undefined, age: undefined } : {}) };
}

function checkOptions(options: TelemetryOptions): void {
  const wrong = (what: string, value: unknown, expected: string): FlagError =>
    new FlagError('INVALID_ARGUMENT', `${what}: got ${preview(value)}; expected ${expected}`);
  if (typeof options !== 'object' || options === null) throw wrong('options', options, 'an object, or none');
  const { sinks, onRead, metrics, registry } = options;
  if (sinks !== undefined && !Array.isArray(sinks)) throw wrong('sinks', sinks, 'a list of functions');
  (sinks ?? []).forEach((sink, i) => {
    if (typeof sink !== 'function') throw wrong(`sinks[${i}]`, sink, 'a function that takes records');
  });
  if (onRead !== undefined && typeof onRead !== 'function') throw wrong('onRead', onRead, 'a function');
  if (metrics !== undefined && registry !== undefined) {
    const hint = 'register your metrics yourself, or leave `metrics` out';
    throw new FlagError('INVALID_ARGUMENT', `both metrics and registry are given; expected one of them. Hint: ${hint}`);
  }
}

function metricsOf(
  { get }: Settings,
  { metrics, registry }: TelemetryOptions,
): Pick<Telemetry, 'metrics' | 'register'> {
  if (get('metrics.enabled') !== true) return { metrics: undefined, register: nothing };
  if (metrics !== undefined) return { metrics, register: nothing };
  const own = prometheusMetrics({
    namespace: get('metrics.namespace'),
    buckets: get('metrics.buckets'),
    perFlag: get('metrics.perFlag'),
  });
  return { metrics: own, register: () => (registry === undefined ? undefined : own.register(registry)) };
}

function nothing(): void {}

/** The sink, as long as events are to be sent. */
function switchable(sink: Sink, sending: () => boolean): Sink {
  const told = (record: Parameters<Sink>[0]): void => (sending() ? sink(record) : undefined);
  return sink.flush === undefined ? told : Object.assign(told, { flush: async () => sink.flush?.() });
}

/** Sinks that queue events, as `analytics` does, tell metrics what becomes of them. */
function countEvents(sink: Sink, metrics: Metrics): () => void {
  const { countInto } = sink as Partial<{ countInto(metrics: Metrics): () => void }>;
  const end = harmless(() => (typeof countInto === 'function' ? countInto.call(sink, metrics) : undefined));
  return () => void harmless(() => (typeof end === 'function' ? end() : undefined));
}

/** What is returned; undefined, and a process warning, if it throws. */
function harmless(act: () => unknown): unknown {
  try {
    return act();
  } catch (thrown) {
    warnThrown('a flag sink that counts', thrown);
    return undefined;
  }
}
