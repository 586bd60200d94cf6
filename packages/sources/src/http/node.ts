import type { IncomingMessage, ServerResponse } from 'node:http';
import { FlagError } from '@flagwright/core';
import type { Handler } from './handler.ts';
import { type IncomingBody, incomingBody } from './incoming-body.ts';
import { errorResponse } from './status.ts';

/**
 * A handler from `Request` to `Response` as a listener of `node:http`: `createServer(nodeHandler(storeHandler(store)))`.
 * Bodies stream in both directions and wait for whoever reads them; when the client is gone, the request's signal is
 * aborted and the body of the response cancelled. What a handler did not read of a request is read and dropped after the
 * answer, so that the connection serves on; of more than 8 MiB the connection is closed.
 *
 * A request that cannot be one is answered with 400, and with 500 a handler that throws, and a request whose body
 * somebody else has read: mount this before body parsers.
 */
export function nodeHandler(handler: Handler): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => {
    void serve(handler, incoming, outgoing).catch(() => outgoing.destroy());
  };
}

async function serve(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.on('close', () => {
    // one that was answered is not gone: to abort costs more than many an answer
    if (!outgoing.writableFinished) gone.abort();
  });
  // a socket that breaks while it is written to: `close` follows
  outgoing.on('error', () => undefined);
  const bodiless = incoming.method === 'GET' || incoming.method === 'HEAD';
  if (!bodiless && (incoming.readableEnded || incoming.destroyed)) {
    await send(consumed(), outgoing, false);
    return;
  }
  const body = bodiless ? undefined : incomingBody(incoming, () => drain(incoming));
  let request: Request;
  try {
    request = requestOf(incoming, body, gone.signal);
  } catch {
    outgoing.writeHead(400).end();
    body?.leave();
    return;
  }
  let response: Response;
  try {
    response = await handler(request);
  } catch {
    response = new Response(null, { status: 500 });
  }
  await send(response, outgoing, incoming.method === 'HEAD');
  body?.leave();
}

function consumed(): Response {
  const message = 'the body of the request was read before. Hint: mount this handler before body parsers';
  return errorResponse(new FlagError('UNSUPPORTED', message), 500);
}

function requestOf(incoming: IncomingMessage, body: IncomingBody | undefined, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', rawHeaders } = incoming;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    // those with a colon are HTTP/2's own
    if (!name.startsWith(':')) headers.append(name, rawHeaders[i + 1]!);
  }
  const authority = headers.get('host') ?? 'localhost';
  const scheme = 'encrypted' in incoming.socket ? 'https' : 'http';
  const address = url.startsWith('/') ? `${scheme}://${authority}${url}` : new URL(url, `${scheme}://${authority}`);
  const init: RequestInit = { method, headers, signal };
  if (body === undefined) return new Request(address, init);
  return new Request(address, { ...init, body: body.stream, duplex: 'half' } as RequestInit);
}

const MOST_DRAINED = 8 * 2 ** 20;

/** Reads a body that nobody wants, for the next request is behind it; a long one ends with its connection. */
function drain(incoming: IncomingMessage): void {
  let left = MOST_DRAINED;
  incoming.on('data', (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) incoming.destroy();
  });
  incoming.resume();
}

async function send(response: Response, outgoing: ServerResponse, bodiless: boolean): Promise<void> {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
  if (response.body === null || bodiless) {
    response.body?.cancel().catch(() => undefined);
    outgoing.end();
    return;
  }
  const reader = response.body.getReader();
  const leave = (): void => void reader.cancel().catch(() => undefined);
  if (outgoing.destroyed) leave();
  outgoing.on('close', leave);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!outgoing.write(value)) await writable(outgoing);
  }
  outgoing.end();
}

/** Waits until more can be written, or nobody is there any more. */
function writable(outgoing: ServerResponse): Promise<void> {
  if (outgoing.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      outgoing.off('drain', go);
      outgoing.off('close', go);
      resolve();
    };
    outgoing.on('drain', go);
    outgoing.on('close', go);
  });
}
