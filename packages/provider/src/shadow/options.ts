import type { Resolver } from '@flagwright/core';
import { checkDuration, FlagError, preview } from '@flagwright/core';
import type { Facet } from './compare.ts';
import type { Mismatch } from './mismatch.ts';

/** Options of `shadow`. Times in ms. */
export interface ShadowOptions {
  /** The part of evaluations that is repeated on the candidate, 0 to 1. Default: 0.01. */
  readonly sample?: number | undefined;
  /** What is compared; `value` must be among it. Default: all. */
  readonly compare?: readonly Facet[] | undefined;
  /**
   * Told of mismatches, outside of the evaluation, of each flag at most once a second. What it throws becomes a process
   * warning.
   */
  readonly onMismatch?: ((mismatch: Mismatch) => void) | undefined;
  /**
   * How long two that differ are given to become one, before both are asked once more: a change may reach one of them
   * first. Longer than the slower one's polling interval is good. 0: they are not asked again. Default: 5,000.
   */
  readonly settle?: number | undefined;
  /** How long an answer, or the candidate's end, is waited for. Default: 5,000. */
  readonly timeout?: number | undefined;
  /** Answers of the candidate that are waited for at once. Default: 10. */
  readonly concurrency?: number | undefined;
  /**
   * Comparisons that wait, and as many that settle. Further ones are skipped, and further differences left undecided.
   * Default: 1,000.
   */
  readonly queue?: number | undefined;
  /**
   * How often a flag must have been compared, and with nothing left undecided since, before its agreement counts.
   * Default: 100.
   */
  readonly enough?: number | undefined;
  /** 0 ≤ n < 1, for the sample. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Reads the time, in ms since the epoch. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

/** The options, checked, with what is usual for those not given. */
export interface Settings {
  readonly sample: number;
  readonly facets: ReadonlySet<Facet>;
  readonly onMismatch: ((mismatch: Mismatch) => void) | undefined;
  readonly settle: number;
  readonly timeout: number;
  readonly concurrency: number;
  readonly queue: number;
  readonly enough: number;
  readonly random: () => number;
  readonly clock: () => number;
}

const FACETS: readonly Facet[] = ['value', 'variant', 'reason'];
const MOST = 1_000_000;

/** Throws `FlagError('INVALID_ARGUMENT')`. */
export function settingsOf(options: ShadowOptions): Settings {
  if (typeof options !== 'object' || options === null) refuse('options', options, 'an object');
  const { sample = 0.01, compare = FACETS, onMismatch, settle = 5_000, timeout = 5_000 } = options;
  const { concurrency = 10, queue = 1_000, enough = 100, random = Math.random, clock = Date.now } = options;
  if (!(typeof sample === 'number' && sample >= 0 && sample <= 1)) refuse('sample', sample, 'a number from 0 to 1');
  const known = Array.isArray(compare) && compare.every((facet) => FACETS.includes(facet));
  if (!known || !compare.includes('value')) refuse('compare', compare, `'value', and perhaps 'variant' and 'reason'`);
  for (const [name, count] of Object.entries({ concurrency, queue, enough })) {
    const counts = Number.isSafeInteger(count) && count >= 1 && count <= MOST;
    if (!counts) refuse(name, count, `a whole number from 1 to ${MOST}`);
  }
  for (const [name, call] of Object.entries({ onMismatch, random, clock })) {
    if (call !== undefined && typeof call !== 'function') refuse(name, call, 'a function');
  }
  if (settle !== 0) checkDuration('settle', settle);
  checkDuration('timeout', timeout);
  const facets = new Set(compare);
  const functions = { random: numbersOf(random), clock: timeOf(clock) };
  return { sample, facets, onMismatch, settle, timeout, concurrency, queue, enough, ...functions };
}

// evaluations are counted and drawn within the caller: a function that throws, or returns nonsense, must not harm it

function numbersOf(random: () => number): () => number {
  return () => called(random, (n) => n >= 0 && n < 1) ?? Math.random();
}

/** Times that a date can have. */
function timeOf(clock: () => number): () => number {
  return () => called(clock, (n) => Math.abs(n) <= 8.64e15) ?? Date.now();
}

function called(call: () => number, isGood: (n: number) => boolean): number | undefined {
  try {
    const n: unknown = call();
    return typeof n === 'number' && isGood(n) ? n : undefined;
  } catch {
    return undefined;
  }
}

/** Refuses what are no two resolvers, with `INVALID_ARGUMENT`. */
export function checkResolvers(primary: Resolver, candidate: Resolver): void {
  checkResolver('primary', primary);
  checkResolver('candidate', candidate);
  if (primary !== candidate) return;
  // it would be started and stopped twice, and lose the listener of its first start
  throw new FlagError('INVALID_ARGUMENT', 'the candidate is the primary; expected another resolver');
}

function checkResolver(name: string, resolver: Resolver): void {
  if (typeof (resolver as Partial<Resolver> | null | undefined)?.resolve === 'function') return;
  throw new FlagError('INVALID_ARGUMENT', `the ${name} is no resolver; expected e.g. sourceResolver(source)`);
}

function refuse(name: string, value: unknown, expected: string): never {
  throw new FlagError('INVALID_ARGUMENT', `${name} is ${preview(value)}; expected ${expected}`);
}
