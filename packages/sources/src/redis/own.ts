import { FlagError } from '@flagwright/core';
import type { Redis } from 'ioredis';
import type { Address } from './address.ts';
import { connectionOptions, cut } from './client.ts';
import { hintsOf } from './hints.ts';
import { type Borrowed, borrow, type Link, type Links, within } from './link.ts';

const links: Links<string> = new Map();

/** The link to an address over a client of our own: one for all stores of the process that use it on the same terms. */
export function ownLink(address: Address, timeout: number): Borrowed {
  return borrow(links, JSON.stringify([address, timeout]), () => linkTo(address, timeout));
}

function linkTo(address: Address, timeout: number): Link {
  /** Connected, or about to be; `connecting` is of this one. */
  let client: Redis | undefined;
  let connecting: Promise<Redis> | undefined;
  let over = false;

  /**
   * Connects on demand: when to try again is for the follower to decide. A server that accepts and then is silent is given
   * up in time, whoever waits for it.
   */
  const connect = async (Client: typeof Redis): Promise<Redis> => {
    const made = new Client({
      ...address,
      ...connectionOptions('flagwright', timeout),
      enableOfflineQueue: false,
      enableReadyCheck: false,
    });
    client = made;
    let problem: unknown;
    const keep = (error: unknown): void => {
      problem ??= error;
    };
    made.on('error', keep);
    await within(timeout, made.connect()).catch(keep);
    if (problem === undefined) {
      made.stream.unref();
      return made;
    }
    // it may be connected, but to another database than was asked for
    cut(made);
    throw problem;
  };

  const ready = async (): Promise<Redis> => {
    const Client = await load();
    if (over) throw new FlagError('NOT_READY', 'the flag store is closed');
    if (connecting !== undefined) return connecting;
    if (client?.status === 'ready' && client.stream.writable) return client;
    drop();
    const attempt = connect(Client).finally(() => {
      if (connecting === attempt) connecting = undefined;
    });
    connecting = attempt;
    return attempt;
  };

  const drop = (): void => {
    if (client !== undefined) cut(client);
    client = undefined;
    connecting = undefined;
  };

  return {
    ready,
    hints: hintsOf(ready, timeout),
    // nothing is sent again over it: what was not answered has failed
    onBreak: () => () => undefined,
    drop,
    async close() {
      over = true;
      const last = client;
      const ended = new Promise((resolve) => last?.once('end', resolve));
      drop();
      if (last !== undefined && last.status !== 'end') await ended;
    },
  };
}

async function load(): Promise<typeof Redis> {
  try {
    return (await import('ioredis')).Redis;
  } catch (cause) {
    throw new FlagError('UNSUPPORTED', 'flags in Redis need the package ioredis. Hint: npm install ioredis', { cause });
  }
}
