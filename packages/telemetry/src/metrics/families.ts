import { eventReaders } from './event-readers.ts';
import type { ExporterCells } from './event-table.ts';
import type { Distribution, Family, Reader, Sample } from './family.ts';
import { flagReaders } from './flag-readers.ts';
import type { FlagTable } from './flag-table.ts';
import { gateReaders } from './gate-readers.ts';
import type { Asked, GateSyncCounts, ShownGate } from './gate-table.ts';
import type { Labelled } from './labelled.ts';
import type { CheckedMetricsOptions } from './options.ts';
import { providerReaders } from './provider-readers.ts';
import type { ProviderCells } from './provider-table.ts';
import { METRICS, type MetricName } from './table.ts';

/** Everything that is counted. */
export interface Tallied {
  readonly flags: FlagTable;
  readonly providers: Labelled<ProviderCells>;
  readonly exporters: Labelled<ExporterCells>;
  readonly counts: FlagCounts;
  readonly gates: Asked<readonly ShownGate[]>;
  readonly syncs: Asked<GateSyncCounts>;
}

/** How many flags there are; undefined as long as nobody has said. */
export interface FlagCounts {
  flags: number | undefined;
  activeFlags: number | undefined;
}

/** Names that do not end in `_total`, which OpenMetrics keeps for counters. */
const ALIASES = { flags: 'flags', activeFlags: 'flags_active' } as const;

/** What is counted, as metrics in the order of the table; then the aliases. */
export function familiesOf(tallied: Tallied, { namespace, buckets, aliases }: CheckedMetricsOptions): Family[] {
  const readers = readersOf(tallied, buckets);

  function familyOf(metric: MetricName, name: string = METRICS[metric].name): Family {
    const { type, help, labels: labelNames } = METRICS[metric];
    const { read, reset } = readers[metric];
    const common = { metric, name: `${namespace}_${name}`, help, labelNames, reset };
    if (type !== 'histogram') return { ...common, type, samples: read as Reader<Sample>['read'] };
    return { ...common, type, bounds: buckets, distributions: read as Reader<Distribution>['read'] };
  }

  const families = (Object.keys(METRICS) as MetricName[]).map((metric) => familyOf(metric));
  if (aliases) families.push(familyOf('flags', ALIASES.flags), familyOf('activeFlags', ALIASES.activeFlags));
  return families;
}

function readersOf({ flags, providers, exporters, counts, gates, syncs }: Tallied, bounds: readonly number[]) {
  return {
    ...flagReaders(flags, bounds),
    ...providerReaders(providers, bounds),
    ...eventReaders(exporters),
    ...gateReaders(gates, syncs),
    flags: countReader(counts, 'flags'),
    activeFlags: countReader(counts, 'activeFlags'),
  } satisfies Record<MetricName, Reader<Sample> | Reader<Distribution>>;
}

function countReader(counts: FlagCounts, member: keyof FlagCounts): Reader<Sample> {
  return {
    read() {
      const value = counts[member];
      return value === undefined ? [] : [{ labels: {}, value }];
    },
    reset() {
      counts[member] = undefined;
    },
  };
}
