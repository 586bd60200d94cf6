import { FlagError, type FlagErrorCode, HTTP_STATUS } from '@flagwright/core';

export { HTTP_STATUS } from '@flagwright/core';

/** Whether a value is one of our error codes. */
export function isCode(value: unknown): value is FlagErrorCode {
  return typeof value === 'string' && Object.hasOwn(HTTP_STATUS, value);
}

/** The code of an answer that tells none itself: from a proxy, or a server that is not ours. */
export function codeOf(status: number): FlagErrorCode {
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
export function rulesOut(status: number): boolean {
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

/** An error as the answer to a request: `{ code, message }`, and `Retry-After` in seconds if the error knows. */
export function errorResponse(error: FlagError, status: number = HTTP_STATUS[error.code]): Response {
  const { code, message, retryAfter } = error;
  const headers: Record<string, string> = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  if (retryAfter !== undefined) headers['retry-after'] = String(Math.ceil(retryAfter / 1_000));
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  return new Response(JSON.stringify({ code, message }), { status, headers });
}
