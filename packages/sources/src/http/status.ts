import { type FlagError, HTTP_STATUS } from '@flagwright/core';

export { HTTP_STATUS } from '@flagwright/core';

/** An error as the answer to a request: `{ code, message }`, and `Retry-After` in seconds if the error knows. */
export function errorResponse(error: FlagError, status: number = HTTP_STATUS[error.code]): Response {
  const { code, message, retryAfter } = error;
  const headers: Record<string, string> = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  if (retryAfter !== undefined) headers['retry-after'] = String(Math.ceil(retryAfter / 1_000));
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  return new Response(JSON.stringify({ code, message }), { status, headers });
}
