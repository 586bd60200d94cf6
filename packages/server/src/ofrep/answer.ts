import { Problem, type ProblemCode, problemOf } from '../http/problem.ts';

/** What is answered, before it is a response. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: no body. */
  readonly text: string | undefined;
}

export const JSON_TYPE = 'application/json; charset=utf-8';

/** OpenFeature's codes of what went wrong, where one of them fits. */
export type ErrorCode = 'FLAG_NOT_FOUND' | 'PARSE_ERROR' | 'TARGETING_KEY_MISSING' | 'INVALID_CONTEXT' | 'GENERAL';

/** A refusal in the words of the protocol. */
export class Refused extends Problem {
  readonly errorCode: ErrorCode;

  constructor(code: ProblemCode, errorCode: ErrorCode, message: string, hint?: string) {
    super(code, message, { hint });
    this.errorCode = errorCode;
  }
}

const RETRY_AFTER: Readonly<Partial<Record<number, string>>> = { 429: '1', 503: '5' };

/**
 * Whatever was thrown, as the protocol has it: `errorCode` and `errorDetails`, and the `key` of the flag where one was
 * asked for, without which clients do not recognise the answer. A set that is not there is no missing flag: whoever asks
 * several providers in turn must not pass over it.
 */
export function refusal(thrown: unknown, key?: string): Answer {
  const problem = problemOf(thrown);
  const { status, message, hint } = problem;
  const retryAfter = RETRY_AFTER[status];
  const errorCode: ErrorCode = problem instanceof Refused ? problem.errorCode : 'GENERAL';
  const errorDetails = hint === undefined ? message : `${message}. Hint: ${hint}`;
  return {
    status,
    headers: {
      ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...problem.headers,
      'content-type': JSON_TYPE,
      'cache-control': 'no-store',
    },
    text: JSON.stringify({ key, errorCode, errorDetails }),
  };
}

export function responseOf({ status, headers, text }: Answer): Response {
  return new Response(text ?? null, { status, headers });
}
