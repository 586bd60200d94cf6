import type { PGlite, Results } from '@electric-sql/pglite';
import type { Statement } from '@flagwright/sources/postgres';
import type { Answer, Client, Pool } from './driver.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { textOf } from './pglite-values.ts';

/** A pool over the one connection that there is. */
export interface PglitePool extends Pool {
  /** Hands out no more; resolves when all that were handed out were given back. Leaves the PGlite open. */
  end(): Promise<void>;
  /** Takes back all that were handed out. */
  cutOff(): void;
}

type Listener = (argument: unknown) => void;

/** `LISTEN` and `UNLISTEN` as a statement of its own: section VI of PostgreSQL's manual. */
const LISTEN = /^\s*(un)?listen\s+(?:"((?:[^"]|"")+)"|([A-Za-z_][\w$]*)|(\*))\s*;?\s*$/i;

/**
 * The only connection of a PGlite, which `openPglite` opened, as a pool of node-postgres: each client is a turn on it. One
 * that has begun a transaction keeps the connection until the transaction is over, or the client is given back, which
 * undoes it; the others wait, in the order in which they ask. A client hears what it listens for, by a statement of its
 * own, and waits for its turn only to say so. Settings of a session, and its locks, are those of all clients.
 */
export function pglitePool(db: PGlite): PglitePool {
  const enter = oneAtATime();
  const clients = new Set<VirtualClient>();
  let ended = false;
  let settle: (() => void) | undefined;
  const listenedFor = (channel: string): boolean => [...clients].some(({ channels }) => channels.has(channel));
  db.onNotification((channel, payload) => {
    for (const client of [...clients]) {
      if (client.channels.has(channel)) client.emit('notification', { channel, payload });
    }
  });
  const leftBy = (client: VirtualClient): void => {
    clients.delete(client);
    if (ended && clients.size === 0) settle?.();
  };
  return {
    async connect() {
      if (ended) throw new Error('the embedded database is closed');
      const client = virtualClient(db, enter, listenedFor, leftBy);
      clients.add(client);
      return client;
    },
    end() {
      ended = true;
      return new Promise((resolve) => {
        settle = resolve;
        if (clients.size === 0) resolve();
      });
    },
    cutOff() {
      for (const client of [...clients]) client.release(true);
    },
  };
}

interface VirtualClient extends Client {
  /** What it listens for. */
  readonly channels: ReadonlySet<string>;
  emit(event: string, argument?: unknown): void;
}

function virtualClient(
  db: PGlite,
  enter: () => Promise<() => void>,
  listenedFor: (channel: string) => boolean,
  left: (client: VirtualClient) => void,
): VirtualClient {
  const listeners = new Map<string, Set<Listener>>();
  const channels = new Set<string>();
  let leave: (() => void) | undefined;
  let released = false;
  let last: Promise<unknown> = Promise.resolve();

  const run = async (statement: Statement): Promise<Answer> => {
    const check = (): void => {
      if (released) throw new Error('the connection was given back');
    };
    check();
    leave ??= await enter();
    try {
      check();
      const [, un, quoted, plain, all] = LISTEN.exec(statement.text) ?? [];
      const channel = quoted?.replaceAll('""', '"') ?? plain?.toLowerCase();
      if (channel === undefined && all === undefined) return await execute(db, statement);
      if (un === undefined && channel !== undefined) {
        const answer = await execute(db, statement);
        channels.add(channel);
        return answer;
      }
      await unlisten(channel === undefined ? [...channels] : [channel]);
      return { rows: [], fields: [] };
    } finally {
      stepAside();
    }
  };
  const unlisten = async (names: readonly string[]): Promise<void> => {
    for (const name of names) {
      channels.delete(name);
      if (!listenedFor(name)) await db.exec(`unlisten "${name.replaceAll('"', '""')}"`);
    }
  };
  /** Lets others have the connection, unless a transaction is under way. */
  const stepAside = (): void => {
    if (leave === undefined || db.isInTransaction()) return;
    leave();
    leave = undefined;
  };
  const giveBack = async (): Promise<void> => {
    const silent = [...channels];
    if (leave === undefined && silent.length === 0) return;
    leave ??= await enter();
    try {
      if (db.isInTransaction()) await db.exec('rollback');
      await unlisten(silent);
    } finally {
      leave();
      leave = undefined;
    }
  };

  const client: VirtualClient = {
    channels,
    query(statement) {
      const answer = last.then(() => run(statement));
      last = answer.catch(() => undefined);
      return answer;
    },
    on(event, listener) {
      const known = listeners.get(event) ?? new Set();
      listeners.set(event, known.add(listener));
    },
    off(event, listener) {
      listeners.get(event)?.delete(listener);
    },
    emit(event, argument) {
      for (const listener of [...(listeners.get(event) ?? [])]) listener(argument);
    },
    release(destroy) {
      if (released) return;
      released = true;
      const given = last.then(giveBack).catch(() => undefined);
      void given.then(() => {
        left(client);
        if (destroy === true) client.emit('end');
      });
    },
  };
  return client;
}

async function execute(db: PGlite, { text, values, rowMode }: Statement): Promise<Answer> {
  try {
    if (values !== undefined) return answerOf(await db.query(text, values.map(textOf), { rowMode }));
    const results = await db.exec(text, { rowMode });
    // of several statements nobody asks for the rows
    return results.length === 1 ? answerOf(results[0]!) : {};
  } catch (error) {
    throw withoutValues(error);
  }
}

function answerOf({ rows, fields }: Results<unknown>): Answer {
  return { rows: rows as readonly unknown[][], fields };
}

/** An error of a statement holds its text and its values, which may be secret. */
function withoutValues(error: unknown): unknown {
  if (typeof error === 'object' && error !== null) {
    for (const property of ['query', 'params', 'queryOptions']) Reflect.deleteProperty(error, property);
  }
  return error;
}
