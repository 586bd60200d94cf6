import type { Socket } from 'node:net';
import { incomingBody } from './incoming-body.ts';

const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);
const sockets = new WeakMap<Response, Socket>();

/**
 * The part of `fetch` that an event stream needs, with a connection of its own: by `letGo` that keeps the process alive
 * no longer, which the one of the global `fetch` does for as long as the stream lasts. Redirects are given back, not
 * followed. Rejects with what `node:http` says, or as `init.signal` does.
 */
export async function streamingFetch(url: URL, init: RequestInit): Promise<Response> {
  // loaded when first needed: on some versions of Node the import alone opens a pipe
  const { request } = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers, signal } = init;
    const outgoing = request(url, {
      method,
      // nothing is held back to be packed; and some servers turn away who does not say what they are
      headers: { 'user-agent': 'node', ...(headers as Record<string, string>), 'accept-encoding': 'identity' },
      agent: false,
      ...(signal == null ? {} : { signal }),
    });
    outgoing.on('error', reject);
    outgoing.on('close', () => reject(new Error('the connection was closed before the answer')));
    outgoing.on('response', (incoming) => {
      const { statusCode: status = 0, rawHeaders } = incoming;
      const body = incomingBody(incoming, () => incoming.destroy());
      try {
        const answer = new Response(BODILESS.has(status) ? null : body.stream, { status });
        for (let i = 0; i < rawHeaders.length; i += 2) answer.headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
        sockets.set(answer, incoming.socket);
        resolve(answer);
      } catch (thrown) {
        body.leave();
        reject(thrown);
      }
      if (BODILESS.has(status)) body.leave();
    });
    outgoing.end();
  });
}

/** Lets the process end although this answer has not. Does nothing for an answer of another `fetch`. */
export function letGo(answer: Response): void {
  sockets.get(answer)?.unref();
}
