import type { EvaluationErrorCode, EvaluationRecord, FollowHealth } from '@flagwright/core';

/** An evaluation that took so many ms, at a time in ms since the epoch. */
export function evaluated(duration: number, at = 0, errorCode?: EvaluationErrorCode): EvaluationRecord {
  return {
    kind: 'evaluation',
    key: 'flag',
    type: 'boolean',
    value: true,
    evaluation: { errorCode } as EvaluationRecord['evaluation'],
    context: {},
    at,
    duration,
  };
}

/** The health of what follows a good database. */
export function good(change: Partial<FollowHealth> = {}): FollowHealth {
  return {
    source: 'postgres',
    status: 'ready',
    revision: 'r.1',
    freshAt: Date.UTC(2026, 0, 31, 12),
    age: 1_000,
    refreshInterval: 30_000,
    latency: 2.5,
    flags: 12,
    activeFlags: 10,
    reads: 3,
    failures: 0,
    reconnects: 0,
    subscribed: true,
    hintError: undefined,
    lastError: undefined,
    lastErrorAt: undefined,
    degraded: [],
    ...change,
  };
}

/** Numbers from 0 to 1, the same at each run (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
