import { FlagError, networkError } from '@flagwright/core';
import { type Alarm, alarm } from './alarm.ts';
import type { CheckedOptions } from './options.ts';
import { redirected } from './redirect.ts';
import { secretsOf } from './secrets.ts';
import { streamingFetch } from './streaming-fetch.ts';

/** A request to a server. */
export interface Call {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** The answer is a stream that lasts: it comes on a connection of its own, unless the user has a `fetch`. */
  readonly lasting?: boolean;
}

/** An answer that has begun. */
export interface Reply {
  readonly answer: Response;
  /** Gives the answer up if it rings; it was restarted when the answer began. */
  readonly alarm: Alarm;
  /** A text of the server without the secrets that it was sent. */
  hide(text: string): string;
}

/** The server that a source reads from. */
export interface Origin {
  readonly options: CheckedOptions;
  /** Whether it was closed. */
  readonly closed: boolean;
  /** Throws `FlagError('NOT_READY')` once it is closed. */
  use(): void;
  /** Sends a request, and reads the answer by `read`; what is left unread after that is given up with its connection. */
  exchange<T>(call: Call, read: (reply: Reply) => Promise<T>): Promise<T>;
  /** Ends what is being read, and waits for what is being changed. */
  close(): Promise<void>;
}

/** A server, as the options describe it. */
export function originOf(options: CheckedOptions): Origin {
  const { timeout, name } = options;
  const reading = new Set<AbortController>();
  const changing = new Set<Promise<unknown>>();
  let closed = false;

  const notReady = (): FlagError => new FlagError('NOT_READY', `flag source ${name} is closed`);

  async function exchange<T>(call: Call, read: (reply: Reply) => Promise<T>): Promise<T> {
    const { method, url, body, signal } = call;
    const aborter = new AbortController();
    const abort = (): void => aborter.abort(signal!.reason);
    let sent = false;
    const bell = alarm(timeout, (ms) => {
      const lost = method === 'POST' && sent;
      const outcome = lost ? ', so the outcome is not known' : '';
      aborter.abort(
        new FlagError(lost ? 'UNKNOWN' : 'UNAVAILABLE', `nothing came from the server for ${ms} ms${outcome}`),
      );
    });
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort);
    if (method === 'GET') reading.add(aborter);
    try {
      const token = await heeding(aborter.signal, options.token());
      const secret = { ...options.headers };
      if (token !== undefined) secret.authorization = `Bearer ${token}`;
      const headers = { ...secret, ...call.headers };
      sent = true;
      const init: RequestInit = { method, headers, redirect: 'manual', signal: aborter.signal };
      if (body !== undefined) init.body = body;
      const answer = await redirected(options.fetch ?? (call.lasting === true ? streamingFetch : fetch), url, init);
      bell.restart();
      return await read({ answer, alarm: bell, hide: secretsOf(secret, url) });
    } catch (thrown) {
      if (thrown instanceof FlagError) throw thrown;
      if (aborter.signal.aborted) throw aborter.signal.reason;
      throw networkError(thrown, method === 'POST', options.fetch === undefined);
    } finally {
      bell.stop();
      signal?.removeEventListener('abort', abort);
      reading.delete(aborter);
      // lets go of a connection whose answer was not read to its end; nothing happens to one that was
      aborter.abort();
    }
  }

  return {
    options,
    get closed() {
      return closed;
    },
    use() {
      if (closed) throw notReady();
    },
    exchange(call, read) {
      const done = exchange(call, read);
      if (call.method === 'POST') {
        changing.add(done);
        const over = (): void => void changing.delete(done);
        done.then(over, over);
      }
      return done;
    },
    async close() {
      closed = true;
      for (const aborter of reading) aborter.abort(notReady());
      await Promise.allSettled(changing);
    },
  };
}

/** The promise, or the reason of the signal as soon as it is aborted. */
function heeding<T>(signal: AbortSignal, promise: T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    Promise.resolve(promise).then(resolve, reject);
  });
}
