import { FlagError, type ResolverEvents, retryDelay } from '@flagwright/core';
import type { LDClient, LDClientOptions, LDLogger } from './client.ts';
import { flushed } from './flush.ts';
import { type Ear, type Heard, hearing } from './hearing.ts';
import { keyList } from './keys.ts';
import { refusalFor } from './refusal.ts';
import { type Session, sessionOf } from './session.ts';
import { statusOf } from './status.ts';
import { updates } from './updates.ts';

/** Makes a client that is heard; the store that it is given is to be heard, too. */
export type Maker = (options: LDClientOptions, heard: Ear['store']) => LDClient | Promise<LDClient>;

/** Where clients come from: one that is given, or a function that makes them. */
export type Supply = LDClient | Maker;

/** A client, and what is heard of it. */
interface Line {
  session: Session | undefined;
  /** What has happened to its connection since flags came in. */
  loss: { readonly cause: FlagError; readonly now: boolean } | undefined;
  gaveUp: number | undefined;
}

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
  /** Whether that one has had flags. */
  isServing(): boolean;
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
  let serving: Line | undefined;
  let next: Line | undefined;
  const list = keyList();
  let refusals = 0;
  let retryTimer: NodeJS.Timeout | undefined;

  const changes = updates((flags) => {
    list.changed(flags);
    if (status.wasGood() && !status.isOver()) events.changed(flags);
  });

  function lost(line: Line, cause: FlagError, now: boolean): void {
    line.loss = { cause, now };
    if (line === serving) status.lost(cause, now);
    else status.note(cause);
  }

  function good(line: Line): void {
    line.loss = undefined;
    if (line === serving) status.good();
  }

  async function polled(line: Line): Promise<void> {
    if (line !== serving || line.session === undefined) return good(line);
    const { loss } = line;
    // an answer without flags is no good poll
    if ((await list.read(line.session.client)) && line.loss === loss) good(line);
  }

  function refused(line: Line, cause: FlagError): void {
    if (line === next) {
      next = undefined;
      leave(line);
      status.fail(cause);
    } else {
      lost(line, cause, true);
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
    const line: Line = { session: undefined, loss: undefined, gaveUp: undefined };
    const client = typeof supply === 'function' ? await make(supply, line) : supply;
    try {
      if (status.isOver()) throw new FlagError('NOT_READY', 'the resolver was stopped');
      line.session = sessionOf(client, {
        // flags that came first are no change, but may be told as updates until the next turn
        ready: () => setImmediate(() => void serve(line)),
        refused: (cause) => refused(line, cause),
        updated: (key) => changes.add(key, line === serving),
        gaveUp: () => line.gaveUp,
      });
      next = line;
    } catch (thrown) {
      if (own) client.close();
      throw thrown;
    }
  }

  function make(maker: Maker, line: Line): LDClient | Promise<LDClient> {
    const heard: Heard = {
      good: () => good(line),
      polled: () => void polled(line),
      asking: () => {
        if (line !== serving) line.loss = undefined;
      },
      lost(why) {
        lost(line, new FlagError('UNAVAILABLE', `the connection to LaunchDarkly is lost: ${why}`), false);
      },
      bad: (why) => lost(line, new FlagError('PARSE_ERROR', why), true),
      gaveUp(code) {
        line.gaveUp = code;
        lost(line, refusalFor(code), true);
      },
    };
    const { logger, store } = hearing(heard, terms.logger);
    return maker({ logger }, store);
  }

  async function serve(line: Line): Promise<void> {
    if (line !== next || line.session === undefined) return;
    line.session.follow();
    const keysBefore = list.keys() ?? [];
    await list.read(line.session.client);
    if (line !== next) return;
    const before = serving;
    serving = line;
    next = undefined;
    refusals = 0;
    if (before !== undefined) {
      leave(before);
      // what it missed is not known
      events.changed([...new Set([...keysBefore, ...(list.keys() ?? [])])]);
    }
    status.good();
    if (line.loss !== undefined) status.lost(line.loss.cause, line.loss.now);
    changes.tell();
  }

  /** Listens to a client no more, and closes it if it was made here. */
  function leave({ session }: Line): void {
    session?.leave();
    if (own) session?.client.close();
  }

  open();

  return {
    started: status.started,
    client: () => (serving ?? next)?.session?.client,
    isServing: () => serving !== undefined,
    keys: () => (serving === undefined ? undefined : list.keys()),
    async end() {
      status.end();
      clearTimeout(retryTimer);
      const sessions = [serving?.session, next?.session].filter((session) => session !== undefined);
      serving = undefined;
      next = undefined;
      list.end();
      for (const session of sessions) session.leave();
      await Promise.all(sessions.map(({ client }) => flushed(client, terms.flushTimeout)));
      if (own) for (const { client } of sessions) client.close();
    },
  };
}
