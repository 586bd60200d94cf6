import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handler } from './handler.ts';

/**
 * A handler from `Request` to `Response` as a listener of `node:http`: `createServer(nodeHandler(storeHandler(store)))`.
 * Bodies stream in both directions and wait for whoever reads them; when the client is gone, the request's signal is
 * aborted and the body of the response cancelled. A request that cannot be one is answered with 400, and a handler that
 * throws with 500.
 */
export function nodeHandler(handler: Handler): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => {
    void serve(handler, incoming, outgoing).catch(() => outgoing.destroy());
  };
}

async function serve(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.on('close', () => gone.abort());
  // a socket that breaks while it is written to: `close` follows
  outgoing.on('error', () => undefined);
  let request: Request;
  try {
    request = requestOf(incoming, gone.signal);
  } catch {
    outgoing.writeHead(400).end();
    return;
  }
  let response: Response;
  try {
    response = await handler(request);
  } catch {
    response = new Response(null, { status: 500 });
  }
  await send(response, outgoing, incoming.method === 'HEAD');
}

function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request {
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
  if (method === 'GET' || method === 'HEAD') return new Request(address, init);
  return new Request(address, { ...init, body: bodyOf(incoming), duplex: 'half' } as RequestInit);
}

/** The body of a request. Whoever cancels it does not want it: it is read on and dropped, so that an answer can follow. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let over = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const end = (how: () => void) => (): void => {
        if (over) return;
        over = true;
        how();
      };
      const broken = end(() => controller.error(new Error('the request broke off')));
      incoming.on('data', (chunk: Uint8Array) => {
        if (over) return;
        controller.enqueue(chunk);
        if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
      });
      incoming.on(
        'end',
        end(() => controller.close()),
      );
      incoming.on('error', broken);
      incoming.on('close', broken);
    },
    pull() {
      incoming.resume();
    },
    cancel() {
      over = true;
      incoming.resume();
    },
  });
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
