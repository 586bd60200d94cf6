import type { FollowHealth } from '@flagwright/core';
import type { EvaluationFigures } from './evaluation-stats.ts';

/**
 * - `healthy`: flags are there and fresh
 * - `degraded`: flags are served, and something wants looking at
 * - `unhealthy`: every evaluation serves the caller's default, or soon will
 */
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

/** A verdict, and why. */
export interface Verdict {
  readonly status: HealthStatus;
  readonly reasons: readonly string[];
}

/** Flags that were not known to be the newest for so many refresh intervals are too old. */
const MOST_INTERVALS = 3;
const MOST_ERRORS = 0.01;
/** Fewer recent errors are no rate: one evaluation of two that fails is half of them. */
const FEWEST_ERRORS = 5;

/** The status of flags and the reasons for it: kinds of errors and numbers, no names and no messages. */
export function verdictOf(health: FollowHealth | undefined, figures: EvaluationFigures | undefined): Verdict {
  const dead = health === undefined ? 'no flags are read: not started yet, or stopped' : endOf(health);
  if (dead !== undefined) return { status: 'unhealthy', reasons: [dead] };
  const reasons = [...doubtsOf(health!), ...failuresOf(figures)];
  return { status: reasons.length === 0 ? 'healthy' : 'degraded', reasons };
}

function endOf({ status, lastError }: FollowHealth): string | undefined {
  if (status === 'closed') return 'closed: flags are read no more';
  if (status !== 'starting') return undefined;
  return `no flags have been read yet${lastError === undefined ? '' : `: the last read failed (${lastError.code})`}`;
}

function* doubtsOf({ status, age, refreshInterval, lastError, degraded }: FollowHealth): Iterable<string> {
  if (status === 'stale') {
    yield `the flags may be out of date: their source is away${lastError === undefined ? '' : ` (${lastError.code})`}`;
  }
  // a vendor's client is not read at intervals
  if (age !== undefined && refreshInterval > 0 && age > MOST_INTERVALS * refreshInterval) {
    yield `the flags were last known to be the newest ${inWords(age)} ago, and are to be read every ${inWords(refreshInterval)}`;
  }
  if (degraded.length > 0) {
    const flags = degraded.length === 1 ? '1 flag has' : `${degraded.length} flags have`;
    yield `${flags} a definition that cannot be used: the last good one serves, or the caller's default`;
  }
}

function* failuresOf(figures: EvaluationFigures | undefined): Iterable<string> {
  if (figures === undefined) return;
  const { errors, evaluations, window } = figures;
  if (errors < FEWEST_ERRORS || errors <= MOST_ERRORS * evaluations) return;
  const percent = ((100 * errors) / evaluations).toFixed(1);
  yield `${percent} % of evaluations failed in the last ${inWords(window)} (${errors} of ${evaluations})`;
}

/** A duration, in ms, as people say it. */
function inWords(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 600_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;
}
