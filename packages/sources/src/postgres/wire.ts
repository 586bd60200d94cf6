import { FlagError } from '@flagwright/core';
import { type Line, line, type Wire, type WireEvents } from '../line.ts';
import type { Database, PgClient } from './driver.ts';
import { failureOf } from './failure.ts';
import { limited } from './limits.ts';
import type { Names } from './names.ts';

/** Times of the connection for hints, in ms. */
export interface WireTimes {
  readonly timeout: number;
  readonly heartbeat: number;
}

const lines = new WeakMap<object, Map<string, Line>>();

/** The line for the hints of a table, one for all the stores that share a database. */
export function lineOf(database: Database, names: Names, times: WireTimes): Line {
  const ofDatabase = lines.get(database.identity) ?? new Map<string, Line>();
  lines.set(database.identity, ofDatabase);
  const name = names.of();
  const known = ofDatabase.get(name) ?? line((events) => open(database, names, times, events));
  ofDatabase.set(name, known);
  return known;
}

/** What hints about a set carry: its name. */
export function topicOf(project: string, stage: string): string {
  return JSON.stringify([project, stage]);
}

/** A notification of node-postgres. */
interface Notification {
  readonly channel: string;
  readonly payload?: string | undefined;
}

/** A connection set aside, which listens. Whatever ends it is told. */
async function open(database: Database, names: Names, times: WireTimes, events: WireEvents): Promise<Wire> {
  if (database.cannotListen !== undefined) throw database.cannotListen;
  const client = await database.connect(times);
  const { timeout, heartbeat } = times;
  let over = false;
  let beat: NodeJS.Timeout | undefined;
  const end = (): void => {
    if (over) return;
    over = true;
    clearTimeout(beat);
    client.off('notification', heard);
    client.release(true);
  };
  const fail = (cause: unknown): void => {
    if (over) return;
    end();
    events.failed(failureOf(cause));
  };
  const ask = async (text: string): Promise<readonly unknown[]> => {
    const { rows } = await limited(client.query({ text, rowMode: 'array' }), { timeout }, 'no answer of PostgreSQL');
    return rows[0] ?? [];
  };
  let channel: unknown;
  const heard = (notification: unknown): void => {
    const { channel: on, payload = '' } = notification as Notification;
    if (on === channel) events.changed(normalized(payload));
  };
  // stays for ever: an error of a connection nobody listens to would end the process
  client.on('error', fail);
  client.on('end', () => fail(new FlagError('UNAVAILABLE', 'PostgreSQL closed the connection for hints')));
  client.on('notification', heard);

  try {
    await proveHearing(database, client, ask, timeout);
    [channel] = await ask(`select channel from ${names.of('schema')}`);
    await ask(`listen "${String(channel).replaceAll('"', '""')}"`);
  } catch (error) {
    end();
    throw listenFailure(error);
  }

  // a connection that was cut without a word is found out only by asking
  const pulse = (): void => {
    beat = setTimeout(() => {
      const asked = { timeout: heartbeat };
      limited(client.query({ text: 'select 1', rowMode: 'array' }), asked, 'no heartbeat of PostgreSQL').then(() => {
        if (!over) pulse();
      }, fail);
    }, heartbeat);
    beat.unref();
  };
  pulse();
  unref(client);
  // the channel is that of the table, and the topics come along as payloads
  return {
    listen: async () => {},
    unlisten: async () => {},
    close: async () => end(),
  };
}

/** Always the same, for a pooler of transactions does not forget what was listened for on its connections. */
const PROBE = 'flagwright_probe';

/**
 * A transaction pooler takes LISTEN and never delivers. Where the server's process is the one the connection was made to,
 * there is no pooler; otherwise a hint is sent from another connection, and must arrive.
 */
async function proveHearing(
  database: Database,
  client: PgClient & { readonly processID?: unknown },
  ask: (text: string) => Promise<readonly unknown[]>,
  timeout: number,
): Promise<void> {
  const [pid] = await ask('select pg_backend_pid()');
  if (pid === client.processID) return;
  const id = crypto.randomUUID();
  let heard = (_: unknown): void => undefined;
  const arrived = new Promise<void>((resolve) => {
    heard = (notification) => {
      const { channel, payload } = notification as Notification;
      if (channel === PROBE && payload === id) resolve();
    };
  });
  client.on('notification', heard);
  await ask(`listen ${PROBE}`);
  try {
    await database.query('select pg_notify($1, $2)', [PROBE, id], { timeout });
    await limited(arrived, { timeout: Math.min(timeout, PROBE_WAIT) }, 'no hint through the connection pooler').catch(
      () => {
        throw new FlagError(
          'UNSUPPORTED',
          'LISTEN does not work through a pooler that pools transactions. Hint: connect directly, or pool sessions',
        );
      },
    );
  } finally {
    client.off('notification', heard);
    await ask(`unlisten ${PROBE}`).catch(() => undefined);
  }
}

/** How long a hint may take through a pooler that delivers, in ms. */
const PROBE_WAIT = 2_000;

function listenFailure(error: unknown): FlagError {
  // read_only_sql_transaction and its kin: LISTEN is refused during recovery
  if ((error as { readonly code?: unknown } | null)?.code === '25006') {
    return new FlagError('UNSUPPORTED', 'a hot standby cannot LISTEN. Hint: connect to the primary');
  }
  return failureOf(error);
}

/** The text of a payload as `topicOf` writes it. */
function normalized(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload));
  } catch {
    return payload;
  }
}

/** Waiting for hints keeps no process alive. */
function unref(client: PgClient & { unref?(): void }): void {
  client.unref?.();
}
