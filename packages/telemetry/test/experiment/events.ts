import type { CustomEvent, EvaluationEvent } from '../../src/analytics/event.ts';

/** 2026-01-05T00:00:00Z and so many seconds. */
export const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 5) + 1000 * seconds).toISOString();

export const COLOURS: readonly string[] = ['blue', 'green', 'red'];

/** A user is shown a variant of `button`. */
export function shown(
  user: string,
  variant: number,
  seconds = 0,
  change: Partial<Record<keyof EvaluationEvent, unknown>> = {},
): EvaluationEvent {
  return {
    kind: 'evaluation',
    timestamp: at(seconds),
    user_key: user,
    flag_key: 'button',
    value: COLOURS[variant],
    variation_idx: variant,
    reason: 'FALLTHROUGH',
    in_experiment: true,
    ...change,
  } as EvaluationEvent;
}

/** A user buys. */
export function bought(
  user: string,
  seconds = 0,
  change: Partial<Record<keyof CustomEvent, unknown>> = {},
): CustomEvent {
  return {
    kind: 'custom',
    timestamp: at(seconds),
    user_key: user,
    event: 'purchase',
    data: {},
    ...change,
  } as CustomEvent;
}

/** What a source yields, one after another. */
export async function* yielding<T>(...pieces: readonly T[]): AsyncGenerator<T> {
  yield* pieces;
}

/** Events as a file has them. */
export const asText = (events: readonly unknown[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');
