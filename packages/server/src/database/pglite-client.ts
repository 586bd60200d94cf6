import type { PGlite, Results } from '@electric-sql/pglite';
import type { Statement } from '@flagwright/sources/postgres';
import type { Answer, Client } from './driver.ts';
import { textOf } from './pglite-values.ts';

type Listener = (argument: unknown) => void;

/** `LISTEN` and `UNLISTEN` as a statement of its own: section VI of PostgreSQL's manual. */
const LISTEN = /^\s*(un)?listen\s+(?:"((?:[^"]|"")+)"|([A-Za-z_][\w$]*)|(\*))\s*;?\s*$/i;

/** A client of node-postgres that is a turn on a connection. */
export interface VirtualClient extends Client {
  listensFor(channel: string): boolean;
  /** A notification has come. */
  hear(channel: string, payload: string): void;
  /** The connection is gone. */
  stop(cause: unknown): void;
}

/** What a client tells, and asks, of all that share the connection. */
export interface Others {
  listenFor(channel: string): boolean;
  left(client: VirtualClient): void;
  /** The connection is gone. */
  stopped(cause: unknown): void;
}

/** A client whose first statement waits until it may `enter`. */
export function virtualClient(db: PGlite, enter: () => Promise<() => void>, others: Others): VirtualClient {
  const listeners = new Map<string, Set<Listener>>();
  const channels = new Set<string>();
  let leave: (() => void) | undefined;
  let isReleased = false;
  let isStopped = false;
  let last: Promise<unknown> = Promise.resolve();

  const emit = (event: string, argument?: unknown): void => {
    for (const listener of [...(listeners.get(event) ?? [])]) listener(argument);
  };
  const check = (): void => {
    if (isReleased) throw new Error('the connection was given back');
    if (isStopped) throw new Error('the embedded database has stopped');
  };
  const execute = async (statement: Statement): Promise<Answer> => {
    try {
      return await executed(db, statement);
    } catch (error) {
      if (isLastWord(error)) others.stopped(error);
      throw error;
    }
  };
  const run = async (statement: Statement): Promise<Answer> => {
    check();
    leave ??= await enter();
    try {
      check();
      const [, un, quoted, plain, all] = LISTEN.exec(statement.text) ?? [];
      const channel = quoted?.replaceAll('""', '"') ?? plain?.toLowerCase();
      if (channel === undefined && all === undefined) return await execute(statement);
      if (un !== undefined) return await unlisten(channel === undefined ? [...channels] : [channel]);
      const answer = await execute(statement);
      if (channel !== undefined) channels.add(channel);
      return answer;
    } finally {
      if (isStopped || !db.isInTransaction()) stepAside();
    }
  };
  const unlisten = async (names: readonly string[]): Promise<Answer> => {
    for (const name of names) {
      channels.delete(name);
      if (others.listenFor(name)) continue;
      await execute({ text: `unlisten "${name.replaceAll('"', '""')}"`, rowMode: 'array' });
    }
    return { rows: [], fields: [] };
  };
  const stepAside = (): void => {
    leave?.();
    leave = undefined;
  };
  const giveBack = async (): Promise<void> => {
    if (leave === undefined && channels.size === 0) return;
    leave ??= await enter();
    try {
      if (isStopped) return;
      if (db.isInTransaction()) await execute({ text: 'rollback', rowMode: 'array' });
      await unlisten([...channels]);
    } finally {
      stepAside();
    }
  };

  const client: VirtualClient = {
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
    release(destroy) {
      if (isReleased) return;
      isReleased = true;
      const given = last.then(giveBack).catch(() => undefined);
      void given.then(() => {
        others.left(client);
        if (destroy === true) emit('end');
      });
    },
    listensFor: (channel) => channels.has(channel),
    hear(channel, payload) {
      if (channels.has(channel) && !isReleased) emit('notification', { channel, payload });
    },
    stop(cause) {
      isStopped = true;
      emit('error', cause);
    },
  };
  return client;
}

async function executed(db: PGlite, { text, values, rowMode }: Statement): Promise<Answer> {
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

/** Whether PostgreSQL has ended itself with this error, or is in no state to say anything. */
function isLastWord(error: unknown): boolean {
  const { severity } = (error ?? {}) as { readonly severity?: unknown };
  return severity === undefined || severity === 'PANIC' || severity === 'FATAL';
}
