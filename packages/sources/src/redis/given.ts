import { FlagError } from '@flagwright/core';
import type { RedisClient } from './client.ts';
import { hintsOf } from './hints.ts';
import { type Borrowed, borrow, type Link, type Links, PATIENCE } from './link.ts';

const links: Links<RedisClient> = new WeakMap();

/** The link over a client that somebody else made, and closes. */
export function givenLink(client: RedisClient, timeout: number): Borrowed {
  return borrow(links, client, () => linkOver(client, timeout));
}

function linkOver(client: RedisClient, timeout: number): Link {
  const listeners = new Set<() => void>();
  const broke = (): void => {
    for (const listener of listeners) listener();
  };
  // a Cluster tells of a node that is gone, and of itself only when all are
  for (const event of ['close', '-node']) client.on(event, broke);
  const connected = connectionOf(client, timeout);
  let waiting: Promise<void> | undefined;
  const ready = async (): Promise<RedisClient> => {
    if (client.status !== 'ready') {
      waiting ??= connected().finally(() => {
        waiting = undefined;
      });
      await waiting;
    }
    return client;
  };
  return {
    ready,
    hints: hintsOf(ready, timeout),
    onBreak(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    drop: () => undefined,
    async close() {
      for (const event of ['close', '-node']) client.off(event, broke);
    },
  };
}

/** Waits, `timeout` ms at most, for the outcome of the client's present or next attempt to connect; throws what went wrong. */
function connectionOf(client: RedisClient, timeout: number): () => Promise<void> {
  const unknown = new FlagError('UNAVAILABLE', 'the Redis client that was given is not connected');
  /** Of the attempts since it was connected: a client may tell of it once, and close the connection a moment later. */
  let problem: unknown = unknown;
  return () =>
    new Promise((resolve, reject) => {
      let trying = client.status === 'connecting' || client.status === 'connect';
      const done = (): void => {
        clearTimeout(timer);
        clearTimeout(limit);
        for (const [event, listener] of Object.entries(listeners)) client.off(event, listener);
      };
      const fail = (): void => {
        done();
        reject(problem);
      };
      const listeners: Readonly<Record<string, (argument: unknown) => void>> = {
        connecting() {
          trying = true;
        },
        ready() {
          problem = unknown;
          done();
          resolve();
        },
        error(error) {
          problem = error;
          if (trying) fail();
        },
        // perhaps that of a connection before
        close() {
          if (trying) fail();
        },
        end: fail,
      };
      const timer = setTimeout(() => {
        if (!trying) fail();
      }, PATIENCE);
      const limit = setTimeout(fail, timeout);
      for (const one of [timer, limit]) one.unref();
      for (const [event, listener] of Object.entries(listeners)) client.on(event, listener);
      if (client.status === 'end') fail();
      if (client.status === 'wait') client.connect().catch(() => undefined);
    });
}
