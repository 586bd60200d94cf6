import { checkDuration, FlagError, limited } from '@flagwright/core';
import { METRICS_TYPE, type Metrics } from './metrics.ts';
import type { Operation } from './operation.ts';
import { Problem } from './problem.ts';

/** Throws, or does not answer, while the server cannot do its work; what it throws is not told. */
export type Probe = (signal: AbortSignal) => Promise<unknown>;

/** Options of `healthOperations`. */
export interface HealthOptions {
  readonly probe: Probe;
  /** How long the probe may take, in ms. Default: 2,000. */
  readonly timeout?: number | undefined;
}

const STATUS = {
  type: 'object',
  required: ['status'],
  properties: { status: { type: 'string' } },
} as const;

/**
 * `GET /healthz`: the process lives; if not, it is to be started anew. `GET /readyz`: it can do its work; if not, no
 * requests are to be led to it for a while. One probe is under way at a time, however many ask.
 */
export function healthOperations({ probe, timeout = 2_000 }: HealthOptions): readonly Operation[] {
  checkDuration('timeout', timeout);
  let asking: Promise<Failure | undefined> | undefined;
  const failure = (): Promise<Failure | undefined> => {
    asking ??= failureOf(probe, timeout).finally(() => {
      asking = undefined;
    });
    return asking;
  };
  return [
    {
      id: 'getHealth',
      method: 'GET',
      path: '/healthz',
      tag: 'Server',
      summary: 'Whether the process lives',
      access: 'public',
      answers: { 200: { description: 'It does.', schema: STATUS } },
      handle: async () => ({ body: { status: 'ok' } }),
    },
    {
      id: 'getReadiness',
      method: 'GET',
      path: '/readyz',
      tag: 'Server',
      summary: 'Whether the server can do its work',
      description: 'If it cannot, the answer is 503, with `reason`: `TIMEOUT`, or the code of an error.',
      access: 'public',
      answers: { 200: { description: 'It can.', schema: STATUS } },
      async handle() {
        const failed = await failure();
        if (failed !== undefined) {
          const { reason, cause } = failed;
          throw new Problem('UNAVAILABLE', 'the server cannot do its work now', { members: { reason }, cause });
        }
        return { body: { status: 'ready' } };
      },
    },
  ];
}

interface Failure {
  /** A word for what is wrong; the texts of drivers may tell secrets. */
  readonly reason: string;
  readonly cause: unknown;
}

async function failureOf(probe: Probe, timeout: number): Promise<Failure | undefined> {
  const aborter = new AbortController();
  try {
    await limited(probe(aborter.signal), aborter, timeout);
    return undefined;
  } catch (cause) {
    if (aborter.signal.aborted) return { reason: 'TIMEOUT', cause };
    return { reason: cause instanceof FlagError || cause instanceof Problem ? cause.code : 'INTERNAL', cause };
  }
}

/** `GET /metrics`, for Prometheus; for those who may read, unless it is public. */
export function metricsOperation(metrics: Metrics, isPublic = false): Operation {
  return {
    id: 'getMetrics',
    method: 'GET',
    path: '/metrics',
    tag: 'Server',
    summary: 'Metrics of the server, in the text format of Prometheus',
    access: isPublic ? 'public' : 'read',
    answers: { 200: { description: 'The metrics.', type: 'text/plain', schema: { type: 'string' } } },
    handle: async () => new Response(metrics.text(), { headers: { 'content-type': METRICS_TYPE } }),
  };
}
