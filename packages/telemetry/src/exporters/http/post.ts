import { FlagError, limited } from '@flagwright/core';
import { type Answer, networkError, refusalOf } from './refusal.ts';

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
  if (signal.aborted) throw new FlagError('UNAVAILABLE', 'given up before it was sent');
  const aborter = new AbortController();
  const giveUp = (): void => aborter.abort(new FlagError('UNAVAILABLE', 'given up before there was an answer'));
  // not `AbortSignal.any`, which keeps on Node 20 what it was given
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    // never shared memory, which fetch would not take
    const bytes = body as Uint8Array<ArrayBuffer>;
    const init = { method: 'POST', headers, body: bytes, redirect: 'manual', signal: aborter.signal } as const;
    const answer: unknown = await limited((async () => send(url, init))(), aborter, timeout).catch(
      (thrown: unknown) => {
        throw networkError(thrown);
      },
    );
    if (!isAnswer(answer)) {
      throw new FlagError('UNSUPPORTED', 'fetch resolved to something without a status; expected a Response');
    }
    await readRest(answer, aborter);
    const { status } = answer;
    if (status < 200 || status > 299) throw refusalOf(answer);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function isAnswer(answer: unknown): answer is Answer {
  return Number.isInteger((answer as Partial<Answer> | null | undefined)?.status);
}

/**
 * Reads the body of an answer to its end, within bounds, beyond which the connection is ended. The status is known
 * already: what becomes of the body changes nothing, also where a `fetch` of another make has read it, or has none.
 */
async function readRest(answer: Answer, aborter: AbortController): Promise<void> {
  const reading = (async () => {
    let left = REST.bytes;
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      left -= chunk.length;
      if (!(left > 0)) return;
    }
  })();
  await limited(reading, aborter, REST.ms).catch(() => undefined);
}
