import { FlagError, type ResolverEvents, retryDelay } from '@flagwright/core';
import type { LDClient, LDClientOptions, LDLogger } from './client.ts';
import { flushed } from './flush.ts';
import { hearing } from './hearing.ts';
import { keyList } from './keys.ts';
import { type Session, sessionOf } from './session.ts';
import { statusOf } from './status.ts';
import { updates } from './updates.ts';

/** Where clients come from: one that is given, or a function that makes them. */
export type Supply = LDClient | ((options: LDClientOptions) => LDClient | Promise<LDClient>);

/** How a connection is to be. Durations in ms. */
export interface Terms {
  readonly startTimeout: number;
  readonly grace: number;
  readonly flushTimeout: number;
  readonly logger: LDLogger | undefined;
  /** How long to wait before another client is made, after so many that were refused. Default: `retryDelay`. */
  readonly delay?: typeof retryDelay | undefined;
}

/** From a start to its stop: a client, or one after another. */
export interface Connection {
  /** Resolves once there are flags; rejects once if there are none in time, and goes on. */
  readonly started: Promise<void>;
  /** The client that answers; one that has no flags yet says so itself. */
  client(): LDClient | undefined;
  keys(): readonly string[] | undefined;
  /** Ends it, and the clients it made. */
  end(): Promise<void>;
}

/** Opens a connection, and tells what happens to it. */
export function connect(supply: Supply, terms: Terms, events: ResolverEvents): Connection {
  const { delay = retryDelay } = terms;
  const own = typeof supply === 'function';
  const status = statusOf(terms.startTimeout, terms.grace, events);
  /** The one that answers, and the one that is to take its place. */
  let serving: Session | undefined;
  let next: Session | undefined;
  const list = keyList();
  let refusals = 0;
  let retryTimer: NodeJS.Timeout | undefined;

  const changes = updates(async (flags) => {
    await list.changed(flags);
    if (status.wasGood() && !status.isOver()) events.changed(flags);
  });

  function lost(session: Session | undefined, cause: FlagError, now: boolean): void {
    if (session !== undefined && session === serving) status.lost(cause, now);
    else status.note(cause);
  }

  function refused(session: Session, cause: FlagError): void {
    if (session === next) {
      next = undefined;
      leave(session);
      status.fail(cause);
    } else {
      lost(session, cause, true);
    }
    later(cause);
  }

  /** Makes another client, slowly: the one that is refused never tries again. */
  function later(cause: FlagError): void {
    if (!own || status.isOver()) return;
    clearTimeout(retryTimer);
    const patient = cause.code === 'UNSUPPORTED' ? cause : new FlagError('UNAUTHORIZED', cause.message);
    retryTimer = setTimeout(open, delay(++refusals, patient)).unref();
  }

  function open(): void {
    openOne().catch((thrown: unknown) => {
      const cause = FlagError.from(thrown, 'UNAVAILABLE');
      status.fail(cause);
      later(cause);
    });
  }

  async function openOne(): Promise<void> {
    let session: Session | undefined;
    const gone = (why: string): FlagError =>
      new FlagError('UNAVAILABLE', `the connection to LaunchDarkly is lost: ${why}`);
    const heard = {
      good: () => {
        if (session !== undefined && session === serving) status.good();
      },
      lost: (why: string) => lost(session, gone(why), false),
      bad: (why: string) => lost(session, new FlagError('PARSE_ERROR', why), true),
    };
    const client = own ? await supply({ logger: hearing(heard, terms.logger) }) : supply;
    if (status.isOver()) {
      if (own) client.close();
      return;
    }
    const opened = sessionOf(client, {
      // flags that came first are no change, but may be told as updates until the next turn
      ready: () => setImmediate(() => void serve(opened)),
      refused: (cause) => refused(opened, cause),
      updated: (key) => changes.add(key, opened === serving),
    });
    session = opened;
    next = opened;
  }

  async function serve(session: Session): Promise<void> {
    if (session !== next) return;
    session.follow();
    const keysBefore = list.keys() ?? [];
    await list.read(session.client);
    if (session !== next) return;
    const before = serving;
    serving = session;
    next = undefined;
    refusals = 0;
    if (before !== undefined) {
      leave(before);
      // what it missed is not known
      events.changed([...new Set([...keysBefore, ...(list.keys() ?? [])])]);
    }
    status.good();
    changes.tell();
  }

  /** Listens to a client no more, and closes it if it was made here. */
  function leave(session: Session): void {
    session.leave();
    if (own) session.client.close();
  }

  open();

  return {
    started: status.started,
    client: () => (serving ?? next)?.client,
    keys: () => (serving === undefined ? undefined : list.keys()),
    async end() {
      status.end();
      clearTimeout(retryTimer);
      const sessions = [serving, next].filter((session) => session !== undefined);
      serving = undefined;
      next = undefined;
      list.end();
      for (const session of sessions) session.leave();
      await Promise.all(sessions.map(({ client }) => flushed(client, terms.flushTimeout)));
      if (own) for (const { client } of sessions) client.close();
    },
  };
}
