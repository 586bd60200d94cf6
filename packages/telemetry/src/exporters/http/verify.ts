import { timingSafeEqual } from 'node:crypto';
import { FlagError, isRecord } from '@flagwright/core';
import { checkWhole, recordOf } from '../options.ts';
import { keysOf, macOf, type Secret } from './sign.ts';

/** What a receiver has of a request. */
export interface SignedRequest {
  /** The secrets of which one must have signed. `whsec_…`, or any text of 24 bytes or more. */
  readonly secret: Secret;
  /** As `fetch` or `node:http` have them. */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as it was sent, unpacked and not parsed: what was parsed and written again may differ. */
  readonly body: string | Uint8Array;
  /** How far the time of sending may be from now, in ms. Default: 300,000. */
  readonly tolerance?: number | undefined;
  /** Ms since the epoch. Default: the clock. */
  readonly now?: number | undefined;
}

/** More signatures than this are not looked at. */
const MOST = 16;

/**
 * Whether a request was signed with one of the secrets, a short time ago: by the headers of the Standard Webhooks
 * specification, symmetric (`v1`). False for whatever a stranger may send; how long it takes tells nothing of the secret.
 * A request that is sent twice has the same `webhook-id` twice: it is for the receiver to remember those for a while.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` for a secret that is none, and for a body that was parsed already.
 */
export function verifySignature(request: SignedRequest): boolean {
  const {
    secret,
    headers,
    body,
    tolerance = 300_000,
    now = Date.now(),
  } = recordOf(request, '{ secret, headers, body }');
  const keys = keysOf(secret);
  checkWhole('tolerance', tolerance, 0, Number.MAX_SAFE_INTEGER, 'milliseconds');
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    throw new FlagError('INVALID_ARGUMENT', 'body is no text and no bytes; expected it as it was sent, before parsing');
  }
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signatures = headerOf(headers, 'webhook-signature');
  if (id === undefined || timestamp === undefined || signatures === undefined) return false;
  if (!/^\d{1,12}$/.test(timestamp) || !(Math.abs(now - Number(timestamp) * 1_000) <= tolerance)) return false;
  const expected = keys.map((key) => macOf(key, id, timestamp, body));
  const given = signatures
    .split(' ', MOST)
    .map(macIn)
    .filter((mac) => mac !== undefined);
  // each with each, so that the time it takes does not tell which
  let genuine = false;
  for (const mac of given) for (const one of expected) genuine = timingSafeEqual(mac, one) || genuine;
  return genuine;
}

function macIn(signature: string): Buffer | undefined {
  const base64 = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(signature)?.[1];
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}

function headerOf(headers: SignedRequest['headers'], name: string): string | undefined {
  if (isHeaders(headers)) return headers.get(name) ?? undefined;
  if (!isRecord(headers)) {
    throw new FlagError('INVALID_ARGUMENT', 'headers are no object; expected those of the request');
  }
  const key = Object.keys(headers).find((one) => one.toLowerCase() === name);
  const value = key === undefined ? undefined : headers[key];
  return typeof value === 'string' ? value : undefined;
}

/** Of whatever make: frameworks bring their own. */
function isHeaders(headers: SignedRequest['headers']): headers is Headers {
  return typeof (headers as Partial<Headers> | null)?.get === 'function';
}
