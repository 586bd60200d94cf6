import { createHash } from 'node:crypto';
import type { EvaluationRecord, Sink, TrackRecord } from '@flagwright/core';
import { checkDuration, FlagError, preview } from '@flagwright/core';
import { toJson } from './json.ts';
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
/** A longer part of a name is remembered by its hash. */
const LONG = 128;

/**
 * A sink in front of another, which passes an evaluation on only the first time within a window that a user is served that
 * variant of the flag, or that value if it is no variant: what an experiment counts. Everything tracked is passed on.
 * Those without a user key count as one user.
 */
export function exposures(sink: Sink, options: ExposuresOptions = {}): Sink {
  const { window = HOUR, maxEntries = 100_000, experimentsOnly = false } = options;
  if (typeof sink !== 'function') {
    throw new FlagError('INVALID_ARGUMENT', `${preview(sink)} is no sink; expected e.g. analytics(fileExporter(…))`);
  }
  checkDuration('window', window);
  if (!Number.isInteger(maxEntries) || maxEntries < 2 || maxEntries > MOST) {
    throw new FlagError('INVALID_ARGUMENT', `maxEntries is ${preview(maxEntries)}; expected 2 to ${MOST}`);
  }
  // two generations: the older one is forgotten as a whole, and costs nothing meanwhile
  const half = Math.floor(maxEntries / 2);
  let young = new Map<string, number>();
  let old = new Map<string, number>();

  function remember(name: string, at: number): void {
    if (young.size >= half && !young.has(name)) [old, young] = [young, new Map()];
    young.set(name, at);
  }

  function isNew(name: string, at: number): boolean {
    let last = young.get(name);
    if (last === undefined) {
      last = old.get(name);
      // whoever comes again is kept
      if (last !== undefined) remember(name, last);
    }
    // a clock that jumped back by more than the window begins anew
    return last === undefined || !(Math.abs(at - last) < window);
  }

  // what the other sink returns is returned: it may be a promise
  function pass(record: EvaluationRecord | TrackRecord): unknown {
    if (record.kind !== 'evaluation') return sink(record);
    if (experimentsOnly && !record.evaluation.inExperiment) return undefined;
    const name = nameOf(record);
    if (!isNew(name, record.at)) return undefined;
    // seen before it is passed on: a sink that fails is not asked again at each evaluation
    remember(name, record.at);
    return sink(record);
  }

  const { flush } = sink;
  return flush === undefined ? pass : Object.assign(pass, { flush: () => flush.call(sink) });
}

/** One name for user, flag and what was served, different for different ones. */
function nameOf({ key, value, context, evaluation }: EvaluationRecord): string {
  const flag = short(String(key));
  const served = short(evaluation.variant === undefined ? `=${toJson(value)}` : `:${evaluation.variant}`);
  return `${flag.length} ${served.length} ${flag}${served}${short(userKeyOf(context))}`;
}

function short(text: string): string {
  return text.length <= LONG ? text : `#${createHash('sha256').update(text).digest('base64')}`;
}
