import { FlagError } from '@flagwright/core';
import { type Line, line, type Wire, type WireEvents } from '../line.ts';
import { discard } from './discard.ts';
import type { Database, PgClient } from './driver.ts';
import { failureOf } from './failure.ts';
import { limited } from './limits.ts';
import type { Names } from './names.ts';
import { proveHearing } from './probe.ts';

/** Times of the connection for hints, in ms. */
export interface WireTimes {
  readonly timeout: number;
  readonly heartbeat: number;
}

const lines = new WeakMap<object, Line>();

/** The line for the hints of a database: one connection for all the stores of the process, whatever their tables. */
export function lineOf(database: Database, times: WireTimes): Line {
  const known = lines.get(database.identity) ?? line((events) => open(database, times, events));
  lines.set(database.identity, known);
  return known;
}

/** What is listened for: the hints about a set, on the channel that the schema of its table names. */
export function topicOf(names: Names, project: string, stage: string): string {
  return JSON.stringify([names.of('schema'), payloadOf(project, stage)]);
}

function partsOf(topic: string): readonly [schema: string, payload: string] {
  return JSON.parse(topic) as [string, string];
}

/** What hints about a set carry: its name. */
function payloadOf(project: unknown, stage: unknown): string {
  return JSON.stringify([project, stage]);
}

/** A notification of node-postgres. */
interface Notification {
  readonly channel: string;
  readonly payload?: string | undefined;
}

/** The table of a schema that is listened for. */
interface Tuned {
  tuning?: Promise<void>;
  /** Undefined until it is listened to. */
  channel?: string;
  /** By what hints about them carry. */
  readonly topics: Map<string, string>;
}

/** A connection set aside, which listens. Whatever ends it is told. */
async function open(database: Database, { timeout, heartbeat }: WireTimes, events: WireEvents): Promise<Wire> {
  if (database.cannotListen !== undefined) throw database.cannotListen;
  const client = await database.connect({ timeout });
  const tuned = new Map<string, Tuned>();
  let over = false;
  let tunings = 0;
  let beat: NodeJS.Timeout | undefined;
  const end = (): void => {
    if (over) return;
    over = true;
    clearTimeout(beat);
    client.off('notification', heard);
    // whoever closes the pool waits for its end
    hold(client, 1);
    discard(client);
  };
  const fail = (cause: unknown): void => {
    if (over) return;
    end();
    events.failed(failureOf(cause));
  };
  const ask = async (text: string, ms = timeout): Promise<readonly unknown[]> => {
    const { rows } = await limited(
      client.query({ text, rowMode: 'array' }),
      { timeout: ms },
      'no answer of PostgreSQL',
    );
    return rows?.[0] ?? [];
  };
  const heard = (notification: unknown): void => {
    const { channel: on, payload = '' } = notification as Notification;
    const about = normalized(payload);
    for (const { channel = on, topics } of tuned.values()) {
      const topic = topics.get(about);
      if (channel === on && topic !== undefined) events.changed(topic);
    }
  };
  const tuneIn = async (one: Tuned, schema: string): Promise<void> => {
    // somebody waits for this
    hold(client, ++tunings);
    try {
      const channel = String((await ask(`select channel from ${schema}`))[0]);
      await ask(`listen "${channel.replaceAll('"', '""')}"`);
      one.channel = channel;
    } finally {
      if (!over) hold(client, --tunings);
    }
  };
  // stays for ever: an error of a connection nobody listens to would end the process
  client.on('error', fail);
  client.on('end', () => fail(new FlagError('UNAVAILABLE', 'PostgreSQL closed the connection for hints')));
  client.on('notification', heard);

  try {
    await proveHearing(database, client, ask, timeout);
  } catch (error) {
    end();
    throw listenFailure(error);
  }

  /** A connection that was cut without a word, and tables that were made anew, are found out only by asking. */
  async function check(): Promise<void> {
    const heard = [...tuned].filter(([, { channel }]) => channel !== undefined);
    const columns = ['true', ...heard.map(([schema]) => `(select channel from ${schema})`)];
    const [, ...channels] = await ask(`select ${columns.join(', ')}`, heartbeat);
    if (heard.every(([, { channel }], i) => channel === channels[i])) return;
    throw new FlagError('UNAVAILABLE', 'the tables of flags were made anew, and hint on another channel');
  }
  const pulse = (): void => {
    beat = setTimeout(() => {
      check().then(() => {
        if (!over) pulse();
      }, fail);
    }, heartbeat);
    beat.unref();
  };
  pulse();
  hold(client, tunings);

  return {
    async listen(topic) {
      const [schema, payload] = partsOf(topic);
      const one: Tuned = tuned.get(schema) ?? { topics: new Map() };
      one.tuning ??= tuneIn(one, schema);
      tuned.set(schema, one);
      one.topics.set(payload, topic);
      try {
        await one.tuning;
      } catch (error) {
        if (tuned.get(schema) === one) tuned.delete(schema);
        throw listenFailure(error);
      }
    },
    async unlisten(topic) {
      // the channel stays: hints about no topic are dropped
      const [schema, payload] = partsOf(topic);
      const one = tuned.get(schema);
      one?.topics.delete(payload);
      if (one?.topics.size === 0) tuned.delete(schema);
    },
    close: async () => end(),
  };
}

function listenFailure(error: unknown): FlagError {
  // read_only_sql_transaction and its kin: LISTEN is refused during recovery
  if ((error as { readonly code?: unknown } | null)?.code === '25006') {
    return new FlagError('UNSUPPORTED', 'a hot standby cannot LISTEN. Hint: connect to the primary');
  }
  return failureOf(error);
}

/** The text of a payload as `payloadOf` writes it. */
function normalized(payload: string): string {
  try {
    const [project, stage] = JSON.parse(payload) as readonly unknown[];
    return payloadOf(project, stage);
  } catch {
    return payload;
  }
}

type Held = PgClient & { ref?(): void; unref?(): void };

/** A connection keeps the process alive while something is waited for; hints are not. */
function hold(client: Held, waiting: number): void {
  if (waiting > 0) client.ref?.();
  else client.unref?.();
}
