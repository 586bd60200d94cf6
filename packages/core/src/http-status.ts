import type { FlagErrorCode } from './error.ts';

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
