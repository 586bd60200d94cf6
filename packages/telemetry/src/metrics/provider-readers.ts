import { distributionOf } from './durations.ts';
import type { Distribution, Reader, Sample } from './family.ts';
import type { Labelled } from './labelled.ts';
import type { OperationCells, ProviderCells } from './provider-table.ts';

/** Reads what is counted of backends. */
export interface ProviderReaders {
  readonly providerLatency: Reader<Distribution>;
  readonly providerErrors: Reader<Sample>;
  readonly providerUp: Reader<Sample>;
  readonly lastRefresh: Reader<Sample>;
  readonly cacheSize: Reader<Sample>;
  readonly cacheMaxSize: Reader<Sample>;
}

/** The readers of a table of providers. */
export function providerReaders(providers: Labelled<ProviderCells>, bounds: readonly number[]): ProviderReaders {
  const operations = (): OperationCells[] =>
    Array.from(providers.all()).flatMap((provider) => [...provider.operations.all()]);
  const errors = () => operations().flatMap((operation) => [...operation.errors.all()]);

  /** What is known of each provider, as far as it is known. */
  function known(member: Known): Sample[] {
    return Array.from(providers.all()).flatMap(({ labels, [member]: value }) =>
      value === undefined ? [] : { labels, value },
    );
  }
  const gauge = (member: Known, show: (samples: Sample[]) => Sample[]): Reader<Sample> => ({
    read: () => show(known(member)),
    reset() {
      for (const provider of providers.all()) provider[member] = undefined;
    },
  });

  return {
    providerLatency: {
      read: () => operations().flatMap(({ durations, labels }) => distributionOf(durations, 0, bounds, labels) ?? []),
      reset: () => operations().forEach(({ durations }) => void durations.fill(0)),
    },
    providerErrors: {
      read: () => errors().map(({ labels, count }) => ({ labels, value: count })),
      reset() {
        for (const cell of errors()) cell.count = 0;
      },
    },
    providerUp: gauge('up', (samples) => samples),
    lastRefresh: gauge('lastRefresh', (samples) =>
      samples.map(({ labels, value }) => ({ labels, value: value / 1_000 })),
    ),
    cacheSize: gauge('cacheSize', total),
    // together with one that has no limit, there is none
    cacheMaxSize: gauge('cacheMaxSize', (samples) =>
      samples.some(({ value }) => value === 0) ? [{ labels: {}, value: 0 }] : total(samples),
    ),
  };
}

type Known = 'up' | 'lastRefresh' | 'cacheSize' | 'cacheMaxSize';

function total(samples: readonly Sample[]): Sample[] {
  if (samples.length === 0) return [];
  return [{ labels: {}, value: samples.reduce((sum, { value }) => sum + value, 0) }];
}
