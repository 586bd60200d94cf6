import { FlagError, type FlagErrorCode, HTTP_STATUS } from '@flagwright/core';

/** The media type of errors, by RFC 9457. */
export const PROBLEM = 'application/problem+json';

/** A server that cannot answer now is asked again after this time, in seconds, if it does not say itself. */
const RETRY_AFTER = 5;

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** A refusal with a status of its own. */
export class Refusal extends FlagError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: FlagErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(code, message);
    this.status = status;
    this.headers = headers;
  }
}

/**
 * The status of an error, by the table of all packages but for one: a set that only its control plane may write is 403,
 * because 409 says here that a gate has changed meanwhile, and clients try again.
 */
function statusOf(error: FlagError): number {
  if (error instanceof Refusal) return error.status;
  return error.code === 'MANAGED' ? 403 : HTTP_STATUS[error.code];
}

/** An error as an answer: `type`, `title`, `status`, `detail` of RFC 9457, and the `code` of the error. */
export function problem(error: FlagError): Response {
  const { code, message, retryAfter } = error;
  const status = statusOf(error);
  const headers: Record<string, string> = { 'content-type': PROBLEM, 'cache-control': 'no-store' };
  if (retryAfter !== undefined) headers['retry-after'] = String(Math.ceil(retryAfter / 1_000));
  else if (status === 503) headers['retry-after'] = String(RETRY_AFTER);
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  const body = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail: message, code };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, ...(error instanceof Refusal ? error.headers : {}) },
  });
}
