import type { Principal } from '../access/principal.ts';
import { type Level, type LogLine, loggedError } from './log.ts';
import { Problem } from './problem.ts';

/** A request that was answered. */
export interface Answered {
  readonly requestId: string;
  readonly method: string;
  readonly operation: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  /** Undefined if nobody was asked for, or known. */
  readonly who: Principal | undefined;
  /** Undefined if all went well. */
  readonly thrown: unknown;
}

/** Asked all the time by machines, and of no interest unless they fail. */
const QUIET: ReadonlySet<string> = new Set(['getHealth', 'getReadiness', 'getMetrics']);

const MOST_OF_PATH = 500;

/** The line of the log for a request. What went wrong within is told where it is the server's fault. */
export function requestLine({ path, ms, who, thrown, ...rest }: Answered): LogLine {
  const { status, operation } = rest;
  const within = status >= 500 && thrown !== undefined;
  return {
    level: levelOf(status, operation),
    message: within ? 'request failed' : 'request',
    ...rest,
    path: path.slice(0, MOST_OF_PATH),
    ms: Math.round(ms * 1_000) / 1_000,
    subject: who?.subject,
    token: who?.token,
    error: within ? loggedError(thrown instanceof Problem ? (thrown.cause ?? thrown) : thrown) : undefined,
  };
}

function levelOf(status: number, operation: string): Level {
  if (status >= 500) return status === 500 ? 'error' : 'warn';
  return QUIET.has(operation) ? 'debug' : 'info';
}
