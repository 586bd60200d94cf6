import type { Line } from '../line.ts';
import type { RedisClient } from './client.ts';
import { redisError } from './error.ts';

/** A client, and the connection of its hints, shared by the stores that use it. */
export interface Link {
  /** The client, once it is connected: what is sent to it then goes out at once. */
  ready(): Promise<RedisClient>;
  /** The line of the hints that is checked every so many ms. */
  hints(heartbeat: number): Line;
  /** Calls back whenever a connection breaks, as far as the client tells; returns how to stop. */
  onBreak(listener: () => void): () => void;
  /** Gives up a connection that does not answer, if it is ours. */
  drop(): void;
  /** Ends what the link itself made. */
  close(): Promise<void>;
}

/** A link that somebody uses, among others. */
export interface Borrowed {
  readonly link: Link;
  /** Gives it back; closed is it when nobody uses it any more. May be called more than once. */
  release(): Promise<void>;
}

/** A table of links and of how many use each. */
export interface Links<Key> {
  get(key: Key): Shared | undefined;
  set(key: Key, shared: Shared): unknown;
  delete(key: Key): unknown;
}

interface Shared {
  readonly link: Link;
  users: number;
}

/** The link of that key, made if there is none. */
export function borrow<Key>(links: Links<Key>, key: Key, make: () => Link): Borrowed {
  const shared = links.get(key) ?? { link: make(), users: 0 };
  links.set(key, shared);
  shared.users++;
  let released: Promise<void> | undefined;
  return {
    link: shared.link,
    release() {
      released ??= (async () => {
        if (--shared.users > 0) return;
        links.delete(key);
        await shared.link.close();
      })();
      return released;
    },
  };
}

/** Terms of a request. */
export interface Terms {
  /** How long it may take, in ms. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** It changes something. Default: false. */
  readonly write?: boolean;
}

/** How long to wait, in ms, for a client of the caller's to connect again. */
export const PATIENCE = 1_000;

/**
 * What Redis answers to a request. Throws `FlagError`: `UNAVAILABLE`, `UNAUTHORIZED`, `UNSUPPORTED`, and `UNKNOWN` for a
 * write that may have happened; the reason of the signal if it is aborted. A request that was given up before it was
 * sent is never sent.
 */
export async function ask(
  link: Link,
  request: (client: RedisClient) => Promise<unknown>,
  { timeout, signal, write = false }: Terms,
): Promise<unknown> {
  signal?.throwIfAborted();
  let over = false;
  let sent = false;
  let broken = false;
  let patience: NodeJS.Timeout | undefined;
  let stop: () => void = () => undefined;
  const lost = new Promise<never>((_, reject) => {
    stop = link.onBreak(() => {
      broken ||= sent;
      // the driver may connect and send again; of a write the outcome is worth waiting for
      if (!write) patience ??= setTimeout(() => reject(new Error('the connection was lost')), PATIENCE);
    });
  });
  const answer = async (): Promise<unknown> => {
    const client = await link.ready();
    if (over) return undefined;
    sent = true;
    return request(client);
  };
  try {
    return await within(timeout, Promise.race([answer(), lost]), signal);
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    if (thrown instanceof TooLate) link.drop();
    throw redisError(thrown, { written: write && sent, broken });
  } finally {
    over = true;
    stop();
    clearTimeout(patience);
  }
}

/** No answer in time. */
class TooLate extends Error {}

/** The promise; throws if it is not settled within `ms`, or as soon as the signal is aborted. */
export function within<T>(ms: number, promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    // holds the process: somebody waits for the answer, and the socket alone does not hold it
    const timer = setTimeout(() => reject(new TooLate(`no answer within ${ms} ms`)), ms);
    const abort = (): void => reject(signal!.reason);
    signal?.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    });
  });
}
