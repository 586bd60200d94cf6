import { FlagError, type FollowHealth, preview } from '@flagwright/core';
import { type HealthCheck, healthCheck } from './health-check.ts';
import type { HealthStatus } from './verdict.ts';

/** What is asked for its health: `healthReport`'s, or a follower, a client or a resolver as it is, or a function. */
export type HealthSubject =
  | { health(): HealthCheck | FollowHealth | undefined }
  | (() => HealthCheck | FollowHealth | undefined);

const STATUSES: ReadonlySet<unknown> = new Set<HealthStatus>(['healthy', 'degraded', 'unhealthy']);

/** How to ask a subject; `INVALID_ARGUMENT` if it has no `health()`. What is returned throws whatever the subject throws. */
export function checkOf(subject: HealthSubject): () => HealthCheck {
  const known: unknown = typeof subject === 'function' ? subject : subject?.health;
  if (typeof known !== 'function') {
    throw new FlagError(
      'INVALID_ARGUMENT',
      `${preview(subject)} has no health to show; expected a client, a follower, or a function that returns its health()`,
    );
  }
  return () => {
    const answer = typeof subject === 'function' ? subject() : subject.health();
    if (answer === undefined || isRaw(answer)) return healthCheck({ health: answer });
    if (STATUSES.has(answer?.status)) return answer;
    // nobody waits for it, so that it must not end the process either
    if ((answer as unknown) instanceof Promise) (answer as unknown as Promise<unknown>).catch(() => undefined);
    throw new FlagError('INVALID_ARGUMENT', 'what health() returned is no health check; expected one, at once');
  };
}

const isRaw = (answer: HealthCheck | FollowHealth): answer is FollowHealth =>
  typeof (answer as FollowHealth | null)?.refreshInterval === 'number';
