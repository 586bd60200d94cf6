import type { AsyncResource } from 'node:async_hooks';

/**
 * The same response, with a body whose source runs in an async context: who sends a body asks for its parts, and a
 * stream makes them in the context of who asks. One more stream stands between the two; nothing is read ahead. A body
 * that is plainly ready stays as it is: JSON, and one of a known length. So does a response that none can be made like.
 */
export function scopedResponse(response: Response, resource: AsyncResource): Response {
  // a handler may return anything, for which its server knows what to do
  if (!mayStream(response?.status) || !isHeaders(response.headers)) return response;
  if (isReady(response.headers) || !isPlain(response)) return response;
  const { body } = response;
  if (typeof body?.getReader !== 'function' || body.locked || response.bodyUsed) return response;
  return new Response(scopedStream(body, resource), response);
}

/**
 * Whether a response with a body may be made with a status: a fetch may give any, say 999. Of those without a body,
 * `@hono/node-server` gives one that cannot be asked for anything else.
 */
function mayStream(status: number): boolean {
  return status >= 200 && status <= 599 && status !== 204 && status !== 205 && status !== 304;
}

function isHeaders(headers: unknown): boolean {
  return Object.prototype.toString.call(headers) === '[object Headers]';
}

/** Whether a body is taken to be there as a whole. To ask for it would cost servers their short cuts. */
function isReady(headers: Headers): boolean {
  return (
    headers.has('content-length') ||
    /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(headers.get('content-type') ?? '')
  );
}

/** Whether a response may be made with a status text: a fetch may give one in UTF-8. */
function isPlain({ statusText }: Response): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(statusText);
}

function scopedStream(source: ReadableStream<Uint8Array>, resource: AsyncResource): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await resource.runInAsyncScope(() => reader.read());
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => resource.runInAsyncScope(() => reader.cancel(reason)),
    },
    { highWaterMark: 0 },
  );
}
