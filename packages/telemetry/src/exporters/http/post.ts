import { FlagError, limited } from '@flagwright/core';
import { networkError, refusalOf } from './refusal.ts';

/** A request. */
export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** How long to wait for the answer, in ms. */
  readonly timeout: number;
  /** Node's own if undefined, looked up at every request: tests and instrumentation replace it. */
  readonly fetch: typeof fetch | undefined;
}

/** What is read of the body of an answer, which nobody needs: so much that the connection can be used again. */
const REST = { bytes: 65_536, ms: 1_000 };

/** Sends a request. Resolves when the server has answered 2xx; otherwise rejects with `FlagError`. */
export async function post(request: Post, signal: AbortSignal): Promise<void> {
  const { url, headers, body, timeout } = request;
  const send = request.fetch ?? fetch;
  const aborter = new AbortController();
  const giveUp = (): void => aborter.abort(new FlagError('UNAVAILABLE', 'given up before there was an answer'));
  // not `AbortSignal.any`, which keeps on Node 20 what it was given
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    // never shared memory, which fetch would not take
    const bytes = body as Uint8Array<ArrayBuffer>;
    const init = { method: 'POST', headers, body: bytes, redirect: 'manual', signal: aborter.signal } as const;
    const answer = await limited((async () => send(url, init))(), aborter, timeout).catch((thrown: unknown) => {
      throw networkError(thrown);
    });
    await readRest(answer.body);
    if (!answer.ok) throw refusalOf(answer);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** Reads a body to its end, within bounds. The status is known already: what becomes of the rest changes nothing. */
async function readRest(body: ReadableStream<Uint8Array> | null): Promise<void> {
  if (body === null) return;
  const reader = body.getReader();
  const stop = (): void => void reader.cancel().catch(() => undefined);
  const timer = setTimeout(stop, REST.ms);
  timer.unref();
  try {
    for (let left = REST.bytes; left > 0; ) {
      const { done, value } = await reader.read();
      if (done) break;
      left -= value.length;
    }
  } catch {
    // cut off
  } finally {
    clearTimeout(timer);
    stop();
  }
}
