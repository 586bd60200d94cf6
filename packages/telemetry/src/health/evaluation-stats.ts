import { checkDuration, type EvaluationRecord, type ReadRecord, type Sink, type TrackRecord } from '@flagwright/core';
import { BUCKETS, bucketOf, LONGEST, quantileOf } from './sketch.ts';

/** Options of `evaluationStats`. */
export interface EvaluationStatsOptions {
  /** How far back figures look, in ms. Default: 300,000. */
  readonly window?: number | undefined;
  /** Reads a clock that never goes back, in ms. Default: `performance.now`. */
  readonly clock?: (() => number) | undefined;
}

/** What is known of evaluations. Durations in ms; 0 where there were no evaluations. */
export interface EvaluationFigures {
  /** Evaluations since the beginning. */
  readonly total: number;
  /** How far back the rest looks, in ms, at most; and four fifths of it at least. */
  readonly window: number;
  readonly evaluations: number;
  /** Evaluations that failed, with whatever error code. */
  readonly errors: number;
  /** Evaluations answered from flags that were known to be fresh; those of sinks that are told of reads. */
  readonly hits: number;
  /** Evaluations answered from flags that may have been out of date. */
  readonly misses: number;
  readonly average: number;
  /** Within 3.1 %, from 10 ns to 100 s; shorter ones are 0. */
  readonly p50: number;
  readonly p99: number;
}

/** A sink that keeps figures of evaluations in 22 kB, however many there are. */
export interface EvaluationStats extends Sink {
  /** Told of reads, it knows whether flags are fresh, and counts hits and misses: `createClient(source, { onRead })`. */
  onRead(record: Pick<ReadRecord, 'error' | 'stale'>): void;
  /** The figures as of now. */
  read(): EvaluationFigures;
}

/** What a slot holds: evaluations by what was known of the flags, errors, the sum of durations, the buckets. */
const [UNTOLD, HIT, MISS, ERRORS, SUM, FIRST_BUCKET] = [0, 1, 2, 3, 4, 5] as const;

/** Parts of the window, of which the oldest is forgotten as a new one begins. */
const SLOTS = 5;

/** The clock is looked at after so many evaluations, whatever times they tell. */
const LOOK_AFTER = 1_024;

/**
 * Keeps the number of all evaluations, and of the recent ones errors, average, p50 and p99: give it to a client as a sink,
 * or to `observe`. Allocates nothing for an evaluation.
 *
 * The times of records only say when to look at the clock, for reading one costs more than all the rest: a wall clock that
 * jumps makes nothing forgotten and nothing stay.
 */
export function evaluationStats(options: EvaluationStatsOptions = {}): EvaluationStats {
  const { window = 300_000, clock = () => performance.now() } = options;
  checkDuration('window', window);
  const length = window / SLOTS;
  const slots = Array.from({ length: SLOTS }, () => new Float64Array(FIRST_BUCKET + BUCKETS));
  let current = 0;
  let slot = slots[0]!;
  let began = clock();
  /** Evaluations of slots that are forgotten. */
  let earlier = 0;
  /** The times of records that are surely of the current slot: from `low`, before `high`. */
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let unlooked = 0;
  let freshness: typeof UNTOLD | typeof HIT | typeof MISS = UNTOLD;

  /** Begins as many slots as are due, and returns how long the current one still lasts. */
  function advance(): number {
    const now = clock();
    const due = Math.floor((now - began) / length);
    if (due >= 1) {
      for (let i = Math.min(due, SLOTS); i > 0; i--) {
        current = (current + 1) % SLOTS;
        slot = slots[current]!;
        earlier += countOf(slot);
        slot.fill(0);
      }
      began += due * length;
    }
    return began + length - now;
  }

  function look(at: number): void {
    unlooked = 0;
    low = at;
    high = at + advance();
  }

  function sink(record: EvaluationRecord | TrackRecord): void {
    if (record.kind !== 'evaluation') return;
    const { at, duration } = record;
    if (++unlooked > LOOK_AFTER || !(at >= low && at < high)) look(at);
    // negative, NaN, endless: nothing that is measured, and it must not spoil what is
    const ms = duration > 0 ? Math.min(duration, LONGEST) : 0;
    slot[freshness]!++;
    if (record.evaluation.errorCode !== undefined) slot[ERRORS]!++;
    slot[SUM]! += ms;
    slot[FIRST_BUCKET + bucketOf(ms)]!++;
  }

  return Object.assign(sink, {
    onRead({ error, stale }: Pick<ReadRecord, 'error' | 'stale'>) {
      freshness = error === undefined && stale === undefined ? HIT : MISS;
    },
    read(): EvaluationFigures {
      advance();
      const sumOf = (cell: number): number => slots.reduce((sum, one) => sum + one[cell]!, 0);
      const evaluations = slots.reduce((sum, one) => sum + countOf(one), 0);
      const quantile = (q: number): number => quantileOf((bucket) => sumOf(FIRST_BUCKET + bucket), evaluations, q);
      return {
        total: earlier + evaluations,
        window,
        evaluations,
        errors: sumOf(ERRORS),
        hits: sumOf(HIT),
        misses: sumOf(MISS),
        average: evaluations === 0 ? 0 : sumOf(SUM) / evaluations,
        p50: quantile(0.5),
        p99: quantile(0.99),
      };
    },
  });
}

const countOf = (slot: Float64Array): number => slot[UNTOLD]! + slot[HIT]! + slot[MISS]!;
