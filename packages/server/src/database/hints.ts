import { FlagError, retryDelay, type Unsubscribe, warnThrown } from '@flagwright/core';
import { postgresFailure } from '@flagwright/sources/postgres';
import type { Topic } from './database.ts';
import type { Pool } from './driver.ts';
import { hears } from './hearing.ts';
import { CHANNEL } from './locks.ts';
import { openSession, type Session } from './session.ts';

/** How often the connection for hints is tried, in ms, and how long it may take to answer. */
const HEARTBEAT = 5_000;

/** All there are; a hint of a newer server about something else is of no use here. */
const TOPICS: readonly Topic[] = ['resources', 'tokens'];

const UNHEARD =
  'hints of the database do not come through, as with a pooler that pools transactions: changes of other servers are ' +
  'seen late, within 30 s, and revoked tokens within 5 s. Hint: connect directly, or pool sessions';

/** Hints of a database: one connection, for all who listen. */
export interface Hints {
  listen(heard: (topic: Topic) => void): Unsubscribe;
  close(): void;
}

/**
 * Hints over a connection of the pool, opened when the first listens, again when it is lost, until `close`. `warn` is told
 * once if they do not come through.
 */
export function hintsOver(pool: Pool, warn?: (message: string) => void): Hints {
  const listening = new Set<(topic: Topic) => void>();
  let session: Session | undefined;
  let opening = false;
  let closed = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let warned = false;

  const tell = (topics: readonly Topic[]): void => {
    for (const topic of topics) {
      for (const heard of [...listening]) {
        try {
          heard(topic);
        } catch (error) {
          warnThrown('a listener for hints of the database', error);
        }
      }
    }
  };
  const later = (then: () => void, ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(then, ms);
    timer.unref();
  };
  const drop = (): void => {
    clearTimeout(timer);
    session?.end(true);
    session = undefined;
  };
  const open = async (): Promise<void> => {
    if (opening || closed || session !== undefined) return;
    opening = true;
    let opened: Session | undefined;
    try {
      opened = await openSession(pool);
      const own = opened;
      const fail = (thrown: unknown): void => {
        if (session === own) failed(thrown);
      };
      own.client.on('error', fail);
      own.client.on('end', () => fail(new FlagError('UNAVAILABLE', 'the connection for hints was closed')));
      own.client.on('notification', (notification) => {
        const { channel, payload } = notification as { readonly channel: string; readonly payload?: string };
        const topic = TOPICS.find((known) => known === payload);
        if (session === own && channel === CHANNEL && topic !== undefined) tell([topic]);
      });
      await own.query(`listen ${CHANNEL}`, undefined, HEARTBEAT);
      opening = false;
      if (closed) return own.end(true);
      session = own;
      failures = 0;
      beat(own);
      // whatever was hinted at before was not heard
      tell(TOPICS);
      await check(own);
    } catch (error) {
      opening = false;
      opened?.end(true);
      failed(error);
    }
  };
  const check = async (own: Session): Promise<void> => {
    if (warned || warn === undefined || (await hears(pool, own))) return;
    if (warned || closed || session !== own) return;
    warned = true;
    warn(UNHEARD);
  };
  const failed = (thrown: unknown): void => {
    drop();
    if (closed) return;
    failures++;
    later(() => void open(), retryDelay(failures, postgresFailure(thrown)));
  };
  /** A connection that was cut without a word is found out only by asking. */
  const beat = (own: Session): void => {
    later(() => {
      own.query('select true', [], HEARTBEAT).then(
        () => session === own && beat(own),
        (error: unknown) => session === own && failed(error),
      );
    }, HEARTBEAT);
  };
  return {
    listen(heard) {
      // a function of its own: the same may listen twice
      const own = (topic: Topic): void => heard(topic);
      listening.add(own);
      if (timer === undefined) void open();
      return async () => void listening.delete(own);
    },
    close() {
      closed = true;
      listening.clear();
      drop();
    },
  };
}
