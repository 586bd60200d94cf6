import { distributionOf, durationsLength } from './durations.ts';
import type { Distribution, Reader, Sample } from './family.ts';
import { countsStart, type FlagCells } from './flag-cells.ts';
import type { FlagTable } from './flag-table.ts';
import { ERROR_TYPES, REASONS } from './positions.ts';

/** Reads what is counted of evaluations. */
export interface FlagReaders {
  readonly evaluationDuration: Reader<Distribution>;
  readonly evaluations: Reader<Sample>;
  readonly evaluationErrors: Reader<Sample>;
  readonly cacheHits: Reader<Sample>;
  readonly cacheMisses: Reader<Sample>;
}

/** The readers of a table of flags. */
export function flagReaders(flags: FlagTable, bounds: readonly number[]): FlagReaders {
  function reader<T>(of: (flag: FlagCells) => readonly T[], clear: (flag: FlagCells) => void): Reader<T> {
    return {
      read: () => Array.from(flags.all()).flatMap(of),
      reset() {
        for (const flag of flags.all()) clear(flag);
      },
    };
  }
  // both are shown once there is either: a ratio with something that is absent is absent
  const cache = (position: 0 | 1): Reader<Sample> =>
    reader(
      ({ label, cached, cache }) => (cached ? [{ labels: { flag_key: label }, value: cache[position]! }] : []),
      ({ cache }) => cache.fill(0, position, position + 1),
    );

  return {
    evaluationDuration: reader(
      ({ numbers, labels }) =>
        labels.flatMap((one, i) => distributionOf(numbers, i * durationsLength(bounds), bounds, one) ?? []),
      ({ numbers }) => numbers.fill(0, 0, countsStart(bounds)),
    ),
    evaluations: reader(
      (flag) => evaluationsOf(flag, countsStart(bounds)),
      ({ numbers }) => numbers.fill(0, countsStart(bounds)),
    ),
    evaluationErrors: reader(errorsOf, ({ errors }) => errors.fill(0)),
    cacheHits: cache(0),
    cacheMisses: cache(1),
  };
}

function evaluationsOf({ numbers, labels, valueLabels }: FlagCells, start: number): Sample[] {
  const samples: Sample[] = [];
  numbers.subarray(start).forEach((count, i) => {
    if (count === 0) return;
    const value = valueLabels[Math.floor(i / REASONS.length)]!;
    samples.push({ labels: { ...labels[i % REASONS.length]!, value }, value: count });
  });
  return samples;
}

function errorsOf({ label, errors, shownErrors }: FlagCells): Sample[] {
  const samples: Sample[] = [];
  errors.forEach((count, position) => {
    if (count === 0 && !shownErrors.includes(position)) return;
    samples.push({ labels: { flag_key: label, error_type: ERROR_TYPES[position]! }, value: count });
  });
  return samples;
}
