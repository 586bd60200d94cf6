import { instantOf, preview } from '@flagwright/core';
import { analyse } from './analyse.ts';
import { collect, type Wanted } from './collect.ts';
import type { Experiment, ExperimentWarning, Reading, VariantCount } from './experiment.ts';
import {
  type AnalyseOptions,
  checkConfidence,
  checkExpected,
  checkKnown,
  checkNames,
  MOST_VARIANTS,
  refuse,
} from './options.ts';
import { type ExperimentSource, readSource } from './source.ts';
import { newUsers } from './users.ts';
import { newVariants } from './variants.ts';

export interface ReadExperimentOptions extends AnalyseOptions {
  /** The key of the flag that splits. */
  readonly flag: string;
  /** The name of the tracked event that counts as a conversion. */
  readonly conversion: string;
  /** The names of the flag's variants, in its order. Default: those that were shown, named by what they serve. */
  readonly variants?: readonly string[] | undefined;
  /** Events before this do not count: a `Date`, RFC 3339 as in `2026-01-31T00:00:00Z`, or ms since the epoch. */
  readonly from?: Date | string | number | undefined;
  /** Events at this moment or later do not count. */
  readonly until?: Date | string | number | undefined;
}

/**
 * Reads the events of an experiment in one pass and analyses it. A user's evaluations that count as an experiment are
 * joined with the conversions tracked for the same user key, at or after the first of them; the order of the lines does
 * not matter, and neither does an event that is there twice. Lines that cannot be read are counted and end nothing.
 * Memory: 120 to 180 bytes a user at the peak, with short keys.
 *
 * Throws `FlagError`: `INVALID_ARGUMENT`, `NOT_FOUND` (no such file), `UNAVAILABLE` (the source failed), `TOO_LARGE`
 * (more than 16 million users, or 2,000 files).
 */
export async function readExperiment(source: ExperimentSource, options: ReadExperimentOptions): Promise<Experiment> {
  const wanted = checkOptions(options);
  const users = newUsers();
  const variants = newVariants(options.variants);
  const collector = collect(wanted, users, variants);
  await readSource(source, collector);

  const named = variants.named();
  const { variants: byNumber, inSeveralVariants, anonymous } = users.count(named.length);
  const counts: VariantCount[] = named.map(({ name, number }) => ({ name, ...byNumber[number]! }));
  // a variant that was expected and never shown is a finding, and a weight of one there is none is not
  const seen = new Set(named.map(({ name }) => name));
  const expected = options.expected ?? equalOf(options.variants);
  for (const name of Object.keys(expected ?? {})) if (!seen.has(name)) counts.push({ name, users: 0, conversions: 0 });

  const { control, confidence } = options;
  const analysis = analyse(counts, { control, confidence, expected: counts.length === 0 ? undefined : expected });
  const reading = collector.reading();
  const period = collector.period();
  return {
    flag: wanted.flag,
    conversion: wanted.conversion,
    period: period && { first: new Date(period.first).toISOString(), last: new Date(period.last).toISOString() },
    ...analysis,
    inSeveralVariants,
    anonymous,
    reading,
    warnings: [
      ...analysis.warnings,
      ...warningsOf(
        reading,
        inSeveralVariants,
        counts.reduce((sum, count) => sum + count.users, inSeveralVariants),
      ),
    ],
  };
}

/** The same weight for every name: variants that are not among them were not expected. */
function equalOf(names: readonly string[] | undefined): Readonly<Record<string, number>> | undefined {
  return names && Object.fromEntries(names.map((name) => [name, 1]));
}

/** A larger part than this of what was read, and it may change the result. */
const NOTEWORTHY = 0.01;

function warningsOf(reading: Reading, inSeveral: number, users: number): readonly ExperimentWarning[] {
  const warnings: ExperimentWarning[] = [];
  if (inSeveral > NOTEWORTHY * users) {
    const message = 'many users were shown more than one variant and are left out: is the user key stable?';
    warnings.push({ code: 'many-in-several-variants', message });
  }
  if (reading.broken > NOTEWORTHY * reading.lines) {
    warnings.push({ code: 'many-broken-lines', message: 'many lines could not be read: is this a file of events?' });
  }
  if (reading.withoutUser > NOTEWORTHY * (reading.exposures + reading.conversions + reading.withoutUser)) {
    const message = 'many events have no user key and do not count: is the targeting key set where events are made?';
    warnings.push({ code: 'many-without-user', message });
  }
  return warnings;
}

function checkOptions(options: ReadExperimentOptions): Wanted {
  if (typeof options !== 'object' || options === null)
    refuse(`the options are ${preview(options)}`, '{ flag, conversion }');
  const { flag, conversion, variants, expected, control } = options;
  for (const [name, value] of Object.entries({ flag, conversion })) {
    if (typeof value !== 'string' || value === '') refuse(`${name} is ${preview(value)}`, 'a text that is not empty');
  }
  checkNames('variants', variants);
  if (variants?.length === 0) refuse('variants is empty', 'the names of the variants');
  checkConfidence(options.confidence);
  checkExpected(expected);
  const names = expected === undefined ? [] : Object.keys(expected);
  if (names.length > MOST_VARIANTS) refuse(`expected has ${names.length} variants`, `at most ${MOST_VARIANTS}`);
  if (variants !== undefined) {
    for (const name of names) checkKnown('expected', name, variants);
    if (control !== undefined) checkKnown('control', control, variants);
  }
  const from = moment('from', options.from, Number.NEGATIVE_INFINITY);
  const until = moment('until', options.until, Number.POSITIVE_INFINITY);
  if (!(from < until))
    refuse(`from is ${preview(options.from)} and until is ${preview(options.until)}`, 'from before until');
  return { flag, conversion, from, until };
}

/** In ms since the epoch. */
function moment(name: string, value: Date | string | number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  const at = value instanceof Date ? value.getTime() : typeof value === 'string' ? instantOf(value) : value;
  if (typeof at === 'number' && Number.isFinite(at)) return at;
  const expected = 'a Date, RFC 3339 as in 2026-01-31T00:00:00Z, or milliseconds since the epoch';
  return refuse(`${name} is ${preview(value)}`, expected);
}
