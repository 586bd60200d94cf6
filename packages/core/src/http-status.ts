import { FlagError, type FlagErrorCode } from './error.ts';

/**
 * The HTTP status of each error code: the only such table.
 *
 * `MANAGED` is 409 as `CONFLICT` is, and not 403: it is the state of the set that is in the way, not who asks. `UNKNOWN`
 * is 502: the server lost its backend meanwhile. `PARSE_ERROR` is 422, for what a request holds; where nothing but the
 * server's own flags can be at fault, as at a read, the status is 500 at least.
 */
export const HTTP_STATUS: Readonly<Record<FlagErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  UNAUTHORIZED: 401,
  NOT_FOUND: 404,
  CONFLICT: 409,
  MANAGED: 409,
  TOO_LARGE: 413,
  PARSE_ERROR: 422,
  UNSUPPORTED: 501,
  UNKNOWN: 502,
  UNAVAILABLE: 503,
  NOT_READY: 503,
};

/** Whether a value is one of our error codes. */
export function isErrorCode(value: unknown): value is FlagErrorCode {
  return typeof value === 'string' && Object.hasOwn(HTTP_STATUS, value);
}

/** The code of an answer that tells none itself: from a proxy, or a server that is not ours. */
export function codeOfStatus(status: number): FlagErrorCode {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return 'UNAUTHORIZED';
    case 404:
    case 410:
      return 'NOT_FOUND';
    case 405:
    case 406:
    case 415:
    case 501:
      return 'UNSUPPORTED';
    case 409:
    case 412:
      return 'CONFLICT';
    case 413:
      return 'TOO_LARGE';
    case 408:
    case 425:
    case 429:
      return 'UNAVAILABLE';
    default:
      if (status >= 500) return 'UNAVAILABLE';
      return status >= 400 ? 'INVALID_ARGUMENT' : 'PARSE_ERROR';
  }
}

/**
 * Statuses that say, whoever answers, that a request was turned away before anything was done. Not among them: 408 and
 * 499 (somebody gave up waiting), 406 (the answer is refused, after the work), and all from 500 on, for a proxy sends
 * them also when the server behind it has done its work and only its answer was lost.
 */
const TURNED_AWAY: ReadonlySet<number> = new Set([
  400, 401, 403, 404, 405, 407, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 425, 426, 428, 429, 431,
  451,
]);

/** Whether an answer with this status, that is not known to be from our own server, rules out that edits were made. */
export function isTurnedAway(status: number): boolean {
  return TURNED_AWAY.has(status);
}

/**
 * What others may know of an error of a backend: the words of our own errors, and of no others, for those may tell a
 * secret. Credentials that the backend refused are those of the server, so that whoever asked must not take it for a
 * refusal of theirs: `UNAVAILABLE`.
 */
export function publicError(thrown: unknown, otherwise: FlagErrorCode): FlagError {
  const foreign = new FlagError(otherwise, 'the backend of these flags failed');
  if (!(thrown instanceof FlagError)) return foreign;
  const { message, retryAfter } = thrown;
  if (thrown.code === 'UNAUTHORIZED') {
    return new FlagError('UNAVAILABLE', 'the backend of these flags refused the credentials of this server');
  }
  const borrowed = thrown.cause instanceof Error && thrown.cause.message === message;
  return new FlagError(thrown.code, borrowed ? foreign.message : message, { retryAfter });
}
