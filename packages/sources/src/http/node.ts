import type { IncomingMessage, ServerResponse } from 'node:http';
import { FlagError } from '@flagwright/core';
import type { Handler } from './handler.ts';
import { type IncomingBody, incomingBody } from './incoming-body.ts';
import { requestAddress } from './request-address.ts';
import { errorResponse } from './status.ts';

/**
 * A handler from `Request` to `Response` as a listener of `node:http`: `createServer(nodeHandler(storeHandler(store)))`.
 * Bodies stream in both directions and wait for whoever reads them; when the client is gone, the request's signal is
 * aborted and the body of the response cancelled. What a handler did not read of a request is read and dropped after the
 * answer, so that the connection serves on; of more than 8 MiB the connection is closed.
 *
 * A request that cannot be one is answered with 400: also one whose `Host` is none, or whose path has `.` or `..` among
 * its segments, or a backslash, so that the path is always the one that was sent. With 500 are answered a handler that
 * throws, and a request whose body somebody else has read: mount this before body parsers. Whoever takes nothing of an
 * answer for `patience` ms (default: 60,000) is cut off.
 *
 * The handler is told of the message it is asked by, too, for its socket.
 */
export function nodeHandler(
  handler: (request: Request, incoming: IncomingMessage) => ReturnType<Handler>,
  { patience = 60_000 }: { readonly patience?: number | undefined } = {},
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => {
    void serve((request) => handler(request, incoming), incoming, outgoing, patience).catch(() => outgoing.destroy());
  };
}

async function serve(
  handler: Handler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  patience: number,
): Promise<void> {
  const gone = new AbortController();
  outgoing.on('close', () => {
    // one that was answered is not gone: to abort costs more than many an answer
    if (!outgoing.writableFinished) gone.abort();
  });
  // a socket that breaks while it is written to: `close` follows
  outgoing.on('error', () => undefined);
  const bodiless = incoming.method === 'GET' || incoming.method === 'HEAD';
  if (!bodiless && (incoming.readableEnded || incoming.destroyed)) {
    await send(consumed(), outgoing, false, patience);
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
  await send(response, outgoing, incoming.method === 'HEAD', patience);
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
  const scheme = 'encrypted' in incoming.socket ? 'https' : 'http';
  const address = requestAddress(scheme, headers.get('host'), url);
  if (address === undefined) throw new FlagError('INVALID_ARGUMENT', 'the request has no address');
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

async function send(response: Response, outgoing: ServerResponse, bodiless: boolean, patience: number): Promise<void> {
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
    if (!outgoing.write(value)) await writable(outgoing, patience);
  }
  outgoing.end();
}

/** Waits until more can be written, or nobody is there any more; who takes nothing for `patience` ms is taken for that. */
function writable(outgoing: ServerResponse, patience: number): Promise<void> {
  if (outgoing.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const before = outgoing.socket?.timeout ?? 0;
    const stuck = (): void => void outgoing.destroy();
    const go = (): void => {
      outgoing.off('drain', go);
      outgoing.off('close', go);
      outgoing.off('timeout', stuck);
      outgoing.setTimeout(before);
      resolve();
    };
    outgoing.on('drain', go);
    outgoing.on('close', go);
    // it knows of a slow reader from how little is left to be written
    outgoing.on('timeout', stuck);
    outgoing.setTimeout(patience);
  });
}
