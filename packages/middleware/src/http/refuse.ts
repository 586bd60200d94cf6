import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Refusal } from '../guard.ts';

type HttpResponse = ServerResponse | Http2ServerResponse;

/** The headers that tell of a body, in lower case: they are wrong for another one, and some make Node refuse to send it. */
export const BODY_HEADERS: readonly string[] = [
  'accept-ranges',
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'etag',
  'last-modified',
  'repr-digest',
  'trailer',
  'transfer-encoding',
];

/** `INTERNAL_ERROR` of HTTP/2 (RFC 9113, section 7). */
const INTERNAL_ERROR = 2;

/** Answers with a refusal, where nothing was sent yet; a response that has begun is cut off. May throw. */
export function refuse(response: HttpResponse, { status, type, body }: Refusal): void {
  if (isTooLate(response)) return;
  for (const name of BODY_HEADERS) response.removeHeader(name);
  response.statusCode = status;
  response.setHeader('content-type', type);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}

/** Whether a response can be refused no more: it has ended, or has begun, and then is cut off. */
export function isTooLate(response: HttpResponse): boolean {
  if (response.writableEnded) return true;
  if (response.headersSent) cutOff(response);
  return response.headersSent;
}

/** Ends a response where it is, so that it does not pass for whole. */
export function cutOff(response: HttpResponse): void {
  // to destroy a stream of HTTP/2 ends it as if nothing were wrong
  if (response.req.httpVersionMajor === 2) (response as Http2ServerResponse).stream?.close(INTERNAL_ERROR);
  else response.destroy();
}
