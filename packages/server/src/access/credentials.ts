import { Problem } from '../http/problem.ts';
import { parseToken, type SentToken } from './token-text.ts';

/** What is looked at of a request to tell who sent it; a `Request` is one. */
export interface Sender {
  readonly url: string;
  readonly headers: Pick<Headers, 'get'>;
}

/** The token of a request could not be found, read or accepted; `why` never repeats what was sent. */
export function unauthorized(why: string, hint: string, error?: 'invalid_request' | 'invalid_token'): Problem {
  // RFC 6750, 3: who sent no token is told how to send one, and no error
  const challenge = `Bearer realm="flagwright"${error === undefined ? '' : `, error="${error}"`}`;
  return new Problem('UNAUTHORIZED', why, { hint, headers: { 'www-authenticate': challenge } });
}

const HOW = 'send Authorization: Bearer fwt_…, or X-API-Key: fwt_…';

/** RFC 9110, 11.4: any number of spaces after the scheme, of which the case does not matter. */
const BEARER = /^bearer +([!-~]+)$/i;

/** No header with a token is longer. */
const LONGEST = 256;

/**
 * The token of a request: of `Authorization: Bearer`, or of `X-API-Key`; if there are both, they must say the same.
 * Throws `Problem('UNAUTHORIZED')` if there is none, or what is there cannot be one.
 */
export function sentToken(headers: Sender['headers']): SentToken {
  const authorization = headers.get('authorization');
  const key = headers.get('x-api-key');
  if (authorization === null && key === null) throw unauthorized('there is no token in the request', HOW);
  if ((authorization?.length ?? 0) > LONGEST || (key?.length ?? 0) > LONGEST) throw notOne();
  const bearer = authorization === null ? undefined : BEARER.exec(authorization)?.[1];
  if (authorization !== null && bearer === undefined) {
    throw unauthorized('Authorization has something else than a bearer token', HOW, 'invalid_request');
  }
  if (bearer !== undefined && key !== null && bearer !== key) {
    throw unauthorized('Authorization and X-API-Key have different tokens', 'send one of them', 'invalid_request');
  }
  const token = parseToken(bearer ?? key ?? '');
  if (token === undefined) throw notOne();
  return token;
}

function notOne(): Problem {
  return unauthorized('what was sent is no token of this server', `${HOW}, whole and nothing more`, 'invalid_token');
}
