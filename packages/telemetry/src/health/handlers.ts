import { FlagError, warnThrown } from '@flagwright/core';
import { type Answer, type Handler, handlerOf } from './answer.ts';
import type { HealthCheck } from './health-check.ts';
import { scrubbed } from './scrub.ts';
import { checkOf, type HealthSubject } from './subject.ts';

/** Options of `healthHandler`. */
export interface HealthHandlerOptions {
  /**
   * Show the names of the source and of broken flags, and what errors say. Default: true. Off: for whoever may ask;
   * `reasons` and numbers stay.
   */
  readonly details?: boolean | undefined;
}

/**
 * A handler that shows health as JSON: 200 if healthy or degraded, 503 if not. One function for node:http, express,
 * fastify, hono, and everything that is given a `Request` and returns a `Response`. Never throws.
 */
export function healthHandler(subject: HealthSubject, options: HealthHandlerOptions = {}): Handler {
  const { details = true } = options;
  return handlerOf(
    answering(subject, (health) => ({
      status: health.status === 'unhealthy' ? 503 : 200,
      body: JSON.stringify(details ? health : withoutDetails(health)),
    })),
  );
}

/** A handler that says whether requests may come: 200 once flags are there, 503 before and after `close`. */
export function readinessHandler(subject: HealthSubject): Handler {
  return handlerOf(
    answering(subject, ({ status }) =>
      status === 'unhealthy' ? { status: 503, body: '{"ready":false}' } : { status: 200, body: '{"ready":true}' },
    ),
  );
}

/** A handler that answers 200 while the process can answer, whatever becomes of flags: no reason to start it anew. */
export function livenessHandler(): Handler {
  return handlerOf(() => ({ status: 200, body: '{"alive":true}' }));
}

const UNKNOWN: Answer = { status: 503, body: '{"status":"unhealthy","reasons":["health cannot be told"]}' };

/** What is left of a health check for whoever may ask. */
function withoutDetails(health: HealthCheck): unknown {
  const { status, reasons, provider, cache, last_refresh, snapshot_age_ms, flags_loaded, broken_flag_count } = health;
  const { connected, latency_ms } = provider;
  const { evaluation_stats } = health;
  return {
    status,
    reasons,
    provider: { connected, latency_ms },
    cache,
    last_refresh,
    snapshot_age_ms,
    flags_loaded,
    broken_flag_count,
    evaluation_stats,
  };
}

/** What to answer for a subject. If it throws, a process warning tells, once until it answers again. */
function answering(subject: HealthSubject, show: (health: HealthCheck) => Answer): () => Answer {
  const check = checkOf(subject);
  let warned = false;
  return () => {
    try {
      const answer = show(check());
      warned = false;
      return answer;
    } catch (thrown) {
      if (!warned) warnThrown('health()', scrubbed(FlagError.from(thrown).message));
      warned = true;
      return UNKNOWN;
    }
  };
}
