import { FlagError, HTTP_STATUS, type Issue, publicError } from '@flagwright/core';

/**
 * What went wrong, as one word that programs may switch on.
 */
export type ProblemCode =
  | 'INVALID_ARGUMENT'
  | 'MALFORMED_JSON'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'NOT_ACCEPTABLE'
  | 'ALREADY_EXISTS'
  | 'VERSION_CONFLICT'
  | 'IN_USE'
  | 'PROTECTED'
  | 'NOT_PENDING'
  | 'CONFLICT'
  | 'MANAGED'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'INVALID_SPEC'
  | 'RATE_LIMITED'
  | 'INTERNAL'
  | 'UNSUPPORTED'
  | 'UNKNOWN'
  | 'UNAVAILABLE';

/** The HTTP status of each. */
export const PROBLEMS: Readonly<Record<ProblemCode, number>> = {
  INVALID_ARGUMENT: 400,
  MALFORMED_JSON: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  ALREADY_EXISTS: 409,
  VERSION_CONFLICT: 409,
  IN_USE: 409,
  PROTECTED: 409,
  NOT_PENDING: 409,
  CONFLICT: 409,
  MANAGED: 409,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  INVALID_SPEC: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNSUPPORTED: 501,
  UNKNOWN: 502,
  UNAVAILABLE: 503,
};

export interface ProblemOptions {
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** What is wrong with a body, each with its path. */
  readonly issues?: readonly Issue[] | undefined;
  /** Further members of the answer, as `currentVersion`. */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly cause?: unknown;
}

/** An answer that is a refusal. What it says is meant for whoever asked. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly hint: string | undefined;
  readonly issues: readonly Issue[];
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, message: string, options: ProblemOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.status = PROBLEMS[code];
    this.hint = options.hint;
    this.issues = options.issues ?? [];
    this.members = options.members ?? {};
    this.headers = options.headers ?? {};
  }
}

const RETRY_AFTER = 5;

/** Whatever was thrown, as what others may know of it. Only our own errors speak; of others nothing is said. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (!(thrown instanceof FlagError)) {
    return new Problem('INTERNAL', 'the server met an error of its own, and nothing was done', { cause: thrown });
  }
  const { code, message, issues, retryAfter } = publicError(thrown, 'UNAVAILABLE');
  const known = code === 'PARSE_ERROR' ? 'INVALID_SPEC' : code === 'NOT_READY' ? 'UNAVAILABLE' : code;
  const seconds = retryAfter === undefined ? RETRY_AFTER : Math.ceil(retryAfter / 1_000);
  const headers = HTTP_STATUS[code] === 503 ? { 'retry-after': String(seconds) } : {};
  return new Problem(known, message, { issues, headers, cause: thrown });
}

/** The media type of errors, by RFC 9457. */
export const PROBLEM_TYPE = 'application/problem+json';
