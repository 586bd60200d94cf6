import type { EvaluationRecord, Sink, TrackRecord } from '@flagwright/core';
import { checkDuration, FlagError, preview } from '@flagwright/core';
import type { Metrics } from '../metrics/metrics.ts';
import type { Analytics } from './analytics.ts';
import { bounded, nameOf } from './bounded.ts';
import { toJson } from './json.ts';
import { lastSeen } from './last-seen.ts';
import { type CopyLimits, plainCopy } from './plain.ts';
import { userKeyOf } from './user-key.ts';

/** Options of `exposures`. */
export interface ExposuresOptions {
  /** An exposure is passed on again when the last one is so long ago, in ms. Default: an hour. */
  readonly window?: number | undefined;
  /** So many exposures are remembered; the oldest are forgotten, and passed on again when they recur. Default: 100,000. */
  readonly maxEntries?: number | undefined;
  /** Pass on only evaluations that are part of an experiment. Default: false. */
  readonly experimentsOnly?: boolean | undefined;
}

const HOUR = 3_600_000;
const MOST = 10_000_000;

/**
 * A sink in front of another, which passes an evaluation on only the first time within a window that a user is served that
 * variant of the flag, or that value if it is no variant: what an experiment counts. Everything tracked is passed on.
 * Those without a user key count as one user.
 */
export function exposures(sink: Sink, options: ExposuresOptions = {}): Sink {
  const { window = HOUR, maxEntries = 100_000, experimentsOnly = false } = options;
  if (typeof sink !== 'function') {
    throw new FlagError('INVALID_ARGUMENT', `${preview(sink)} is no sink; expected e.g. analytics(stdoutExporter())`);
  }
  checkDuration('window', window);
  if (!Number.isInteger(maxEntries) || maxEntries < 2 || maxEntries > MOST) {
    throw new FlagError('INVALID_ARGUMENT', `maxEntries is ${preview(maxEntries)}; expected 2 to ${MOST}`);
  }
  const seen = lastSeen(maxEntries);

  // what the other sink returns is returned: it may be a promise
  function pass(record: EvaluationRecord | TrackRecord): unknown {
    if (record.kind !== 'evaluation') return sink(record);
    const { evaluation, at } = record;
    const key = bounded(nameOf(record.key));
    if (experimentsOnly && !evaluation.inExperiment) return undefined;
    const served =
      evaluation.variant === undefined ? valueName(record.value) : `:${bounded(nameOf(evaluation.variant))}`;
    const user = bounded(userKeyOf(record.context));
    const last = seen.get(key, served, user);
    // a clock that jumped back by more than the window begins anew
    if (last !== undefined && Math.abs(at - last) < window) return undefined;
    // before it is passed on: a sink that fails is not asked again at each evaluation
    seen.set(key, served, user, at);
    return sink(record);
  }

  const { flush, countInto } = sink as Sink & Partial<Pick<Analytics, 'countInto'>>;
  return Object.assign(
    pass,
    flush === undefined ? {} : { flush: () => flush.call(sink) },
    // so that whoever has this one can count the events of the other
    countInto === undefined ? {} : { countInto: (metrics: Metrics) => countInto.call(sink, metrics) },
  );
}

/** As much of a value as values are told apart by, for it is read at every evaluation. */
const NAME_LIMITS: CopyLimits = { depth: 8, values: 200, characters: 2_000 };

/** The name of a value that is no variant; variants have another beginning. */
function valueName(value: unknown): string {
  return typeof value === 'boolean' ? String(value) : toJson(plainCopy(value, NAME_LIMITS).value);
}
