import type { Resolver } from '@flagwright/core';
import { type ShadowOptions, type ShadowReport, type ShadowResolver, shadow } from '../src/index.ts';
import { answering, failing, reported, started } from './shadow-support.ts';

export const NOON = Date.UTC(2026, 7, 8, 12);
/** All is compared at once, and the clock stands still. */
export const ALL: ShadowOptions = { sample: 1, settle: 0, enough: 3, queue: 100_000, clock: () => NOON };

/** Asks for flags so often, and waits until all of it was looked at. */
export async function ask(tried: ShadowResolver, keys: readonly string[], times: number): Promise<ShadowReport> {
  const before = seen(tried.report());
  for (let i = 0; i < times; i++) {
    for (const key of keys) tried.resolve('boolean', key, false, { targetingKey: 'ada' });
  }
  return reported(tried, (report) => seen(report) === before + keys.length * times);
}

/** How many evaluations were looked at. */
export function seen({ compared, candidateErrors, skipped, unknown }: ShadowReport): number {
  return compared + candidateErrors + skipped + unknown;
}

/** A shadow of two that serve these answers by key. */
export function pair(
  answers: Readonly<Record<string, readonly [unknown, unknown]>>,
  more: readonly Partial<Resolver>[] = [],
): Promise<ShadowResolver> {
  const by = (i: 0 | 1) =>
    answering((key, fallback) => {
      const given = Object.hasOwn(answers, key) ? answers[key]![i] : undefined;
      return given ?? failing(fallback, 'FLAG_NOT_FOUND');
    });
  const primary = { ...by(0), name: 'vendor', keys: () => Object.keys(answers), ...more[0] };
  return started(shadow(primary, { ...by(1), name: 'file', ...more[1] }, ALL));
}
