import { durationsLength, isDuration, observeDuration } from './durations.ts';
import { exporterTable } from './event-table.ts';
import { type FlagCounts, familiesOf } from './families.ts';
import type { Family, Labels } from './family.ts';
import { countEvaluation } from './flag-cells.ts';
import { flagTable } from './flag-table.ts';
import { asked, countsNow, type GateMetrics, type GateSyncCounts, gatesNow, type ShownGate } from './gate-table.ts';
import type { Metrics } from './metrics.ts';
import { checkMetricsOptions, type MetricsOptions } from './options.ts';
import { errorPosition, isKnown, reasonPosition } from './positions.ts';
import { errorTypeOf, providerTable } from './provider-table.ts';

/** Counts, and shows what it has counted to whoever asks. */
export interface Tally extends Required<Metrics>, GateMetrics {
  /** The metrics of `METRICS`, and the aliases if they are wanted; none if nothing is counted. */
  readonly families: readonly Family[];
}

/** Takes durations, in seconds, where something else has the histograms. */
export interface DurationTaker {
  evaluation(seconds: number, labels: Labels): void;
  provider(seconds: number, labels: Labels): void;
}

/**
 * Counters of our own behind `Metrics`: to count is to change numbers in place, and labels are written only when somebody
 * asks. There is never more of them than the options allow, whatever callers bring. Throws `INVALID_ARGUMENT`.
 *
 * With `taker` durations are told to it, and there are no families of histograms.
 */
export function tally(options: MetricsOptions = {}, taker?: DurationTaker): Tally {
  const checked = checkMetricsOptions(options);
  if (!checked.enabled) return NOTHING;
  // frozen lists are slow to read
  const buckets = [...checked.buckets];
  const flags = flagTable(checked);
  const providers = providerTable(buckets);
  const exporters = exporterTable();
  const counts: FlagCounts = { flags: undefined, activeFlags: undefined };
  const gates = asked<readonly ShownGate[]>('the list of gates that metrics show');
  const syncs = asked<GateSyncCounts>('the health of the sync that metrics show');

  return {
    families: familiesOf({ flags, providers, exporters, counts, gates, syncs }, checked).filter(
      ({ type }) => taker === undefined || type !== 'histogram',
    ),
    recordEvaluation(key, duration, reason, record) {
      const flag = flags.evaluated(key, reason, record);
      const position = reasonPosition(reason);
      countEvaluation(flag, position, buckets, record);
      if (taker === undefined) observeDuration(flag.numbers, position * durationsLength(buckets), buckets, duration);
      else if (isDuration(duration)) taker.evaluation(duration / 1_000, flag.labels[position]!);
    },
    recordError(key, error) {
      const code = error?.code;
      flags.besides(key, isKnown(code)).errors[errorPosition(code)]! += 1;
    },
    recordCacheHit(key) {
      const flag = flags.besides(key, true);
      flag.cached = true;
      flag.cache[0]! += 1;
    },
    recordCacheMiss(key) {
      const flag = flags.besides(key, true);
      flag.cached = true;
      flag.cache[1]! += 1;
    },
    recordProviderLatency(provider, operation, duration) {
      const cells = providers.get(provider).operations.get(operation);
      if (taker === undefined) observeDuration(cells.durations, 0, buckets, duration);
      else if (isDuration(duration)) taker.provider(duration / 1_000, cells.labels);
    },
    recordProviderError(provider, operation, error) {
      providers.get(provider).operations.get(operation).errors.get(errorTypeOf(error)).count++;
    },
    setFlagCounts(total, active) {
      counts.flags = sizeOf(total);
      counts.activeFlags = sizeOf(active);
    },
    setProviderState({ provider, up, lastRefresh, cacheSize, cacheMaxSize }) {
      const cells = providers.get(provider);
      // what several providers share says nothing of any of them
      if (cells === providers.named('other')) return;
      cells.up = up === true ? 1 : 0;
      cells.lastRefresh = sizeOf(lastRefresh);
      cells.cacheSize = sizeOf(cacheSize);
      cells.cacheMaxSize = sizeOf(cacheMaxSize);
    },
    forgetProvider(provider) {
      const cells = providers.find(provider);
      if (cells === undefined) return;
      cells.up = undefined;
      cells.lastRefresh = undefined;
      cells.cacheSize = undefined;
      cells.cacheMaxSize = undefined;
    },
    recordEvents(exporter, outcome, count) {
      if (sizeOf(count) === undefined) return;
      const cells = exporters.get(exporter);
      cells.outcomes ??= { sent: 0, dropped: 0, rejected: 0 };
      if (Object.hasOwn(cells.outcomes, outcome)) cells.outcomes[outcome] += count;
    },
    setEventQueue(exporter, size) {
      const cells = exporters.get(exporter);
      if (cells !== exporters.named('other')) cells.queue = sizeOf(size);
    },
    showGates: (shown) => gates.add(() => gatesNow(shown)),
    showGateSync: (sync) => syncs.add(() => countsNow(sync)),
  };
}

/** A number of things, or of ms; undefined for what can be none. */
function sizeOf(value: number | undefined): number | undefined {
  return Number.isFinite(value) && value! >= 0 ? value : undefined;
}

function nothing(): void {}

/** What does not count. */
const NOTHING: Tally = {
  families: [],
  recordEvaluation: nothing,
  recordError: nothing,
  recordCacheHit: nothing,
  recordCacheMiss: nothing,
  recordProviderLatency: nothing,
  recordProviderError: nothing,
  setFlagCounts: nothing,
  setProviderState: nothing,
  forgetProvider: nothing,
  recordEvents: nothing,
  setEventQueue: nothing,
  showGates: () => nothing,
  showGateSync: () => nothing,
};
