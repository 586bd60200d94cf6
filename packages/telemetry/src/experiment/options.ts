import { FlagError, isRecord, oneOf, preview, suggest } from '@flagwright/core';
import type { VariantCount } from './experiment.ts';

export interface AnalyseOptions {
  /** The variant to hold the others against. Default: the first. */
  readonly control?: string | undefined;
  /** The split that was meant: weights by variant. Variants not named weigh 0. Default: all the same. */
  readonly expected?: Readonly<Record<string, number>> | undefined;
  /** Of the intervals, and 1 − it is the threshold of p-values. Default: 0.95. */
  readonly confidence?: number | undefined;
}

/** Throws `FlagError('INVALID_ARGUMENT')`. */
export function refuse(what: string, expected: string, hint?: string): never {
  throw new FlagError(
    'INVALID_ARGUMENT',
    `${what}; expected ${expected}${hint === undefined ? '' : `. Hint: ${hint}`}`,
  );
}

interface CheckedOptions {
  readonly control: string | undefined;
  readonly confidence: number;
  /** As many as there are variants. */
  readonly weights: readonly number[];
}

/** The options with their defaults. Throws `FlagError('INVALID_ARGUMENT')` if the counts or they make no sense. */
export function checkAnalyseOptions(counts: readonly VariantCount[], options: AnalyseOptions): CheckedOptions {
  if (!Array.isArray(counts)) refuse(`the counts are ${preview(counts)}`, 'a list of { name, users, conversions }');
  for (const count of counts) {
    if (!isRecord(count as unknown)) refuse(`a count is ${preview(count)}`, '{ name, users, conversions }');
    const { name, users, conversions } = count;
    if (!isCount(users) || !isCount(conversions) || conversions > users) {
      refuse(
        `variant ${preview(name)} has ${preview(conversions)} conversions of ${preview(users)} users`,
        'whole numbers, conversions at most as many as users',
      );
    }
  }
  if (!isRecord(options as unknown))
    refuse(`the options are ${preview(options)}`, '{ control, expected, confidence }, or none');
  const names = counts.map(({ name }) => name);
  checkNames('the variants', names, Number.POSITIVE_INFINITY);
  checkConfidence(options.confidence);
  checkExpected(options.expected);
  const { expected, control = names[0], confidence = 0.95 } = options;
  if (control !== undefined && names.length > 0) checkKnown('control', control, names);
  const weights = new Map(Object.entries(expected ?? {}));
  for (const name of weights.keys()) checkKnown('expected', name, names);
  return {
    control: names.length === 0 ? undefined : control,
    confidence,
    weights: names.map((name) => (expected === undefined ? 1 : (weights.get(name) ?? 0))),
  };
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/** More variants than this are no experiment. */
export const MOST_VARIANTS = 100;

/** Refuses names that are no texts, empty, double or too many. */
export function checkNames(what: string, names: readonly string[] | undefined, most: number = MOST_VARIANTS): void {
  if (names === undefined) return;
  const good = Array.isArray(names) && names.length <= most;
  if (!good) refuse(`${what} are ${preview(names)}`, `a list of at most ${most} names`);
  const bad = names.find((name, i) => typeof name !== 'string' || name === '' || names.indexOf(name) !== i);
  if (bad !== undefined) refuse(`${what} are ${preview(names)}`, 'names that are not empty, each once');
  if (Object.keys(names).length !== names.length) refuse(`${what} have holes`, 'a list of names');
}

/** Refuses a confidence that is not between 0 and 1. */
export function checkConfidence(confidence: number | undefined): void {
  if (confidence === undefined || (typeof confidence === 'number' && confidence > 0 && confidence < 1)) return;
  const hint =
    typeof confidence === 'number' && confidence >= 1 && confidence < 100
      ? `${confidence} % is ${confidence / 100}`
      : undefined;
  refuse(`confidence is ${preview(confidence)}`, 'a number between 0 and 1', hint);
}

/** Refuses weights that are no numbers from 0 on, or of which none is above 0. */
export function checkExpected(expected: Readonly<Record<string, number>> | undefined): void {
  if (expected === undefined) return;
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected)) {
    refuse(`expected is ${preview(expected)}`, 'weights by variant, as in { blue: 1, green: 1 }');
  }
  for (const [name, weight] of Object.entries(expected)) {
    if (typeof weight !== 'number' || !(weight >= 0 && weight <= Number.MAX_SAFE_INTEGER)) {
      refuse(`the expected weight of ${preview(name)} is ${preview(weight)}`, 'a number from 0 on');
    }
  }
  if (!Object.values(expected).some((weight) => weight > 0)) {
    refuse(`expected is ${preview(expected)}`, 'at least one weight above 0');
  }
}

/** Refuses a name that is not among those there are. */
export function checkKnown(what: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const near = typeof name === 'string' ? suggest(name, names) : undefined;
  refuse(
    `${what} names the variant ${preview(name)}`,
    names.length === 0 ? 'none, for there are none' : oneOf(names),
    near === undefined ? undefined : `did you mean ${near}?`,
  );
}
