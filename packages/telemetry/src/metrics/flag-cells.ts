import type { EvaluationRecord } from '@flagwright/core';
import { durationsLength } from './durations.ts';
import type { Labels } from './family.ts';
import { type Labelled, labelled } from './labelled.ts';
import { ERROR_TYPES, REASONS } from './positions.ts';

/** So many values of one flag are counted by themselves. */
const MOST_VALUES = 100;

/** Everything counted of one flag. */
export interface FlagCells {
  readonly label: string;
  /** Labels of the durations, by the reason's position. */
  readonly labels: readonly Labels[];
  /**
   * The durations of each reason, then how many evaluations there were: of each value by each reason. One array, for
   * what is spread over the memory takes longer to find than to count.
   */
  numbers: Float64Array;
  /** Positions of values, by what they are called. */
  readonly values: Labelled<number>;
  /** What values are called, by their positions. */
  readonly valueLabels: readonly string[];
  /** The variant that was served last, and its position. */
  lastVariant: string | undefined;
  lastPosition: number;
  /** How many, by the error type's position. */
  readonly errors: Float64Array;
  /** Positions of errors that are shown even if there are none: of the first one, too, a rate can be taken then. */
  readonly shownErrors: readonly number[];
  /** Hits, misses. */
  readonly cache: Float64Array;
  cached: boolean;
}

/** Cells of a flag that was never evaluated. */
export function flagCells(label: string, bounds: readonly number[], shownErrors: readonly number[]): FlagCells {
  const valueLabels: string[] = [];
  const values = labelled(MOST_VALUES, 'other', (value) => valueLabels.push(value) - 1);
  // the positions that `valuePosition` knows
  for (const value of ['true', 'false']) values.get(value);
  values.named('other');
  return {
    label,
    labels: REASONS.map((reason) => Object.freeze({ flag_key: label, reason })),
    numbers: new Float64Array(countsStart(bounds) + 4 * REASONS.length),
    values,
    valueLabels,
    lastVariant: undefined,
    lastPosition: 2,
    errors: new Float64Array(ERROR_TYPES.length),
    shownErrors,
    cache: new Float64Array(2),
    cached: false,
  };
}

/** Where the counts begin in the numbers of a flag. */
export function countsStart(bounds: readonly number[]): number {
  return REASONS.length * durationsLength(bounds);
}

/** Counts one evaluation. `record`: implementations of one's own may call without. */
export function countEvaluation(
  flag: FlagCells,
  reasonPosition: number,
  bounds: readonly number[],
  record: EvaluationRecord | undefined,
): void {
  const at = countsStart(bounds) + REASONS.length * valuePosition(flag, record) + reasonPosition;
  if (at >= flag.numbers.length) grow(flag, at);
  flag.numbers[at]! += 1;
}

function grow(flag: FlagCells, at: number): void {
  const more = new Float64Array(Math.ceil(1.5 * at) + REASONS.length);
  more.set(flag.numbers);
  flag.numbers = more;
}

function valuePosition(flag: FlagCells, record: EvaluationRecord | undefined): number {
  const value = record?.value;
  if (value === true) return 0;
  if (value === false) return 1;
  const variant = record?.evaluation?.variant;
  if (variant === flag.lastVariant) return flag.lastPosition;
  const position = variant === undefined ? 2 : flag.values.get(variant);
  // what is called `other` may be a long text, which is not to be kept in memory
  if (position !== 2) {
    flag.lastVariant = variant;
    flag.lastPosition = position;
  }
  return position;
}
