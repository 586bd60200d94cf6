import type { Issue } from './issue.ts';

/**
 * What went wrong, as one word that programs may switch on. HTTP status and exit codes are derived from it.
 *
 * - `PARSE_ERROR`: text or a document that cannot be read as flags
 * - `INVALID_ARGUMENT`: a call with an option or a value that makes no sense
 * - `NOT_FOUND`: a file, a set or an entry that is not there
 * - `NOT_READY`: asked before the first good read, or after `close`
 * - `TOO_LARGE`: an input beyond a bound that protects the process
 * - `UNAVAILABLE`: the backend could not be reached or did not answer
 * - `UNAUTHORIZED`: the backend refused the credentials
 * - `CONFLICT`: an edit whose `was` is no longer what is stored
 * - `MANAGED`: a set that only its control plane may write
 * - `UNSUPPORTED`: this source cannot do what was asked
 * - `UNKNOWN`: the outcome was lost with the connection
 */
export type FlagErrorCode =
  | 'PARSE_ERROR'
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'NOT_READY'
  | 'TOO_LARGE'
  | 'UNAVAILABLE'
  | 'UNAUTHORIZED'
  | 'CONFLICT'
  | 'MANAGED'
  | 'UNSUPPORTED'
  | 'UNKNOWN';

export interface FlagErrorOptions {
  readonly cause?: unknown | undefined;
  /** What is wrong with the input, each with its path; for `PARSE_ERROR`. */
  readonly issues?: readonly Issue[] | undefined;
  /** How long the backend asked to be left alone, in ms, as by HTTP's `Retry-After`. */
  readonly retryAfter?: number | undefined;
}

/** The one error this project throws. Test `code`, never `message`. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
  readonly code: FlagErrorCode;
  readonly issues: readonly Issue[];
  /** How long the backend asked to be left alone, in ms; undefined if it did not. */
  readonly retryAfter: number | undefined;

  constructor(code: FlagErrorCode, message: string, options: FlagErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.issues = options.issues ?? [];
    this.retryAfter = options.retryAfter;
  }

  /** Whatever was thrown, as a `FlagError`: itself if it is one, else `code` with the original as `cause`. */
  static from(thrown: unknown, code: FlagErrorCode = 'UNKNOWN'): FlagError {
    if (thrown instanceof FlagError) return thrown;
    return new FlagError(code, messageOf(thrown), { cause: thrown });
  }
}

/** What a thrown value says of itself, even if asking it throws again. */
function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown);
  } catch {
    return 'something that cannot be shown was thrown';
  }
}
