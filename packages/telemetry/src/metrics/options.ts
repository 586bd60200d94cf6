import { FlagError, preview, suggest } from '@flagwright/core';
import { DEFAULT_BUCKETS, DEFAULT_NAMESPACE } from './table.ts';

/** Options of everything that counts. */
export interface MetricsOptions {
  /** Count at all. Default: true; without, every method does nothing and nothing is shown. */
  readonly enabled?: boolean | undefined;
  /** Where the names of all metrics begin. Default: `feature_flags`. */
  readonly namespace?: string | undefined;
  /** The upper bounds of the buckets of durations, in seconds, ascending. Default: `DEFAULT_BUCKETS`. */
  readonly buckets?: readonly number[] | undefined;
  /** Count each flag by itself: many time series. Default: false, and `flag_key` is empty. */
  readonly perFlag?: boolean | undefined;
  /** So many flags are counted by themselves; those beyond share `__overflow__`. Default: 1,000. */
  readonly maxFlags?: number | undefined;
  /** Show the numbers of flags also by names that do not end in `_total`: `_flags`, `_flags_active`. Default: false. */
  readonly aliases?: boolean | undefined;
}

/** Options that were checked, with their defaults. */
export type CheckedMetricsOptions = { readonly [K in keyof MetricsOptions]-?: NonNullable<MetricsOptions[K]> };

const DEFAULTS: CheckedMetricsOptions = {
  enabled: true,
  namespace: DEFAULT_NAMESPACE,
  buckets: DEFAULT_BUCKETS,
  perFlag: false,
  maxFlags: 1_000,
  aliases: false,
};

const MOST_BUCKETS = 50;

/** Each flag has some dozen time series. */
const MOST_FLAGS = 100_000;

const MOST_CHARACTERS = 200;

/** A name of a metric, by Prometheus' data model. */
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** The options with their defaults; refuses what makes no sense with `FlagError('INVALID_ARGUMENT')`. */
export function checkMetricsOptions(options: MetricsOptions): CheckedMetricsOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw wrong('the options of metrics', options, 'an object such as { perFlag: true }');
  }
  const checked: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(DEFAULTS, name)) throw unknownOption(name);
    if (value !== undefined) checked[name] = value;
  }
  const { enabled, namespace, buckets, perFlag, maxFlags, aliases } = checked as unknown as CheckedMetricsOptions;
  for (const [name, value] of Object.entries({ enabled, perFlag, aliases })) {
    if (typeof value !== 'boolean') throw wrong(`${name} of metrics`, value, 'true or false');
  }
  if (typeof namespace !== 'string' || namespace.length > MOST_CHARACTERS || !NAME.test(namespace)) {
    const rule = `letters, digits, "_" and ":", not beginning with a digit, at most ${MOST_CHARACTERS} of them`;
    throw wrong('namespace of metrics', namespace, `${rule}, such as "${DEFAULT_NAMESPACE}"`);
  }
  if (!Number.isInteger(maxFlags) || maxFlags < 1 || maxFlags > MOST_FLAGS) {
    throw wrong('maxFlags of metrics', maxFlags, `a whole number from 1 to ${MOST_FLAGS}`);
  }
  return { enabled, namespace, buckets: Object.freeze(checkBuckets(buckets)), perFlag, maxFlags, aliases };
}

function checkBuckets(buckets: readonly number[]): number[] {
  const expected = `1 to ${MOST_BUCKETS} numbers of seconds above 0 in ascending order, such as [0.001, 0.01, 0.1]`;
  if (!Array.isArray(buckets) || buckets.length === 0 || buckets.length > MOST_BUCKETS) {
    throw wrong('buckets of metrics', buckets, expected);
  }
  const copy = Array.from(buckets as readonly number[]);
  copy.forEach((bound, i) => {
    const before = i === 0 ? 0 : copy[i - 1]!;
    if (!Number.isFinite(bound) || bound <= before) throw wrong(`buckets[${i}] of metrics`, bound, expected);
  });
  return copy;
}

function wrong(what: string, value: unknown, expected: string): FlagError {
  const shown = typeof value === 'number' ? String(value) : preview(value);
  return new FlagError('INVALID_ARGUMENT', `${what}: got ${shown}; expected ${expected}`);
}

function unknownOption(name: string): FlagError {
  const names = Object.keys(DEFAULTS);
  const meant = suggest(name, names);
  const hint = meant === undefined ? '' : `. Hint: did you mean ${meant}?`;
  const expected = `one of ${names.join(', ')}`;
  return new FlagError('INVALID_ARGUMENT', `metrics have no option ${preview(name)}; expected ${expected}${hint}`);
}
