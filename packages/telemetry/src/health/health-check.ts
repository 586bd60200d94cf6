import type { FollowHealth } from '@flagwright/core';
import { ORIGINALS } from '../metrics/recorder.ts';
import type { EvaluationFigures } from './evaluation-stats.ts';
import { scrubbed, told } from './scrub.ts';
import { type HealthStatus, verdictOf } from './verdict.ts';

/**
 * How the flags of a process are doing, named as in JSON: numbers in ms, times in RFC 3339, `null` for what never happened.
 * What reads it may rely on every field without a question mark.
 */
export interface HealthCheck {
  readonly status: HealthStatus;
  /** Why it is not healthy, in words; without names of flags and messages of errors. */
  readonly reasons: readonly string[];
  readonly provider: {
    /** The last read was good, and not of a copy. */
    readonly connected: boolean;
    /** How long the last read took. */
    readonly latency_ms: number | null;
    /** Absent if there never was one; it stays when all is well again. */
    readonly last_error?: string;
    readonly last_error_at?: string;
  };
  readonly cache: {
    /** The flags are a copy of what is stored elsewhere. */
    readonly enabled: boolean;
    /** The share of recent evaluations, from 0 to 1, that were answered from flags known to be fresh; 0 if none were. */
    readonly hit_rate: number;
    readonly size: number;
    /** 0: as many as there are. */
    readonly max_size: number;
  };
  /** When the flags in use were last known to be the newest. */
  readonly last_refresh: string | null;
  readonly snapshot_age_ms: number | null;
  readonly flags_loaded: number;
  readonly broken_flag_count: number;
  /** The first hundred flags whose newest definition cannot be used. */
  readonly broken_flags: readonly string[];
  readonly source: {
    /** Its short name, `none` if there is no source. */
    readonly name: string;
    readonly state: FollowHealth['status'] | 'none';
    readonly revision: string | null;
    readonly refresh_interval_ms: number | null;
    readonly reads: number;
    readonly failures: number;
    /** How often a subscription was lost. */
    readonly reconnects: number;
    /** Hints of changes are coming. */
    readonly subscribed: boolean;
    /** Why no hints are coming, if some should. */
    readonly hint_error?: string;
  };
  readonly evaluation_stats: {
    /** Since the process began; the rest is of recent ones, 0 if there were none. */
    readonly total_evaluations: number;
    /** From 0 to 1. */
    readonly error_rate: number;
    readonly avg_latency_ms: number;
    readonly p50_latency_ms: number;
    readonly p99_latency_ms: number;
  };
}

/** What a health check is made of. */
export interface HealthParts {
  /** Of a follower, a client or a resolver; undefined: nothing is followed, not yet or no more. */
  readonly health: FollowHealth | undefined;
  /** Undefined: evaluations are not counted. */
  readonly figures?: EvaluationFigures | undefined;
  /** The flags are a copy of what is stored elsewhere. Default: after the source's name, as `recorder` has it. */
  readonly cached?: boolean | undefined;
}

const MOST_NAMES = 100;
const LONGEST_NAME = 200;

/** The health check of what is known. Never throws. */
export function healthCheck({ health, figures, cached }: HealthParts): HealthCheck {
  const { lastError, hintError, degraded = [] } = health ?? {};
  const lastErrorAt = timestamp(health?.lastErrorAt);
  const enabled = health !== undefined && (cached ?? !ORIGINALS.has(health.source));
  return {
    ...verdictOf(health, figures),
    provider: {
      connected: health?.status === 'ready',
      latency_ms: amount(health?.latency),
      ...(lastError === undefined ? {} : { last_error: told(lastError) }),
      ...(lastErrorAt === null ? {} : { last_error_at: lastErrorAt }),
    },
    cache: {
      enabled,
      hit_rate: enabled ? share(figures?.hits, (figures?.hits ?? 0) + (figures?.misses ?? 0)) : 0,
      size: enabled ? health.flags : 0,
      max_size: 0,
    },
    last_refresh: timestamp(health?.freshAt),
    snapshot_age_ms: amount(health?.age),
    flags_loaded: health?.flags ?? 0,
    broken_flag_count: degraded.length,
    broken_flags: degraded.slice(0, MOST_NAMES).map((name) => name.slice(0, LONGEST_NAME)),
    source: {
      name: scrubbed(health?.source ?? 'none'),
      state: health?.status ?? 'none',
      revision: health?.revision?.slice(0, LONGEST_NAME) ?? null,
      refresh_interval_ms: amount(health?.refreshInterval || undefined),
      reads: health?.reads ?? 0,
      failures: health?.failures ?? 0,
      reconnects: health?.reconnects ?? 0,
      subscribed: health?.subscribed ?? false,
      ...(hintError === undefined ? {} : { hint_error: told(hintError) }),
    },
    evaluation_stats: {
      total_evaluations: figures?.total ?? 0,
      error_rate: share(figures?.errors, figures?.evaluations),
      avg_latency_ms: amount(figures?.average) ?? 0,
      p50_latency_ms: amount(figures?.p50) ?? 0,
      p99_latency_ms: amount(figures?.p99) ?? 0,
    },
  };
}

/** A number to the millionth: ms to the nanosecond. */
function amount(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : Math.round(value * 1e6) / 1e6;
}

function share(part = 0, whole = 0): number {
  return whole > 0 ? (amount(part / whole) ?? 0) : 0;
}

/** The last instant that RFC 3339 can write. */
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

function timestamp(at: number | undefined): string | null {
  return at !== undefined && at >= 0 && at <= LATEST ? new Date(at).toISOString() : null;
}
