import type { FollowHealth } from '@flagwright/core';
import type { EvaluationStats } from './evaluation-stats.ts';
import { type HealthCheck, healthCheck } from './health-check.ts';

/** What has a health check to show. */
export interface HealthReport {
  /** How the flags are doing now. Opens no connection, never throws. */
  health(): HealthCheck;
}

/** What a report is made of. */
export interface HealthReportParts {
  /** Of a follower, a client or a resolver: `() => follower.health()`. Undefined: nothing is followed. */
  health(): FollowHealth | undefined;
  /** Undefined: evaluations are not counted. */
  readonly stats?: EvaluationStats | undefined;
  /** The flags are a copy of what is stored elsewhere. Default: after the source's name, as `recorder` has it. */
  readonly cached?: boolean | undefined;
}

/** The health checks of what is followed, with figures of its evaluations. */
export function healthReport({ health, stats, cached }: HealthReportParts): HealthReport {
  return { health: () => healthCheck({ health: health(), figures: stats?.read(), cached }) };
}
