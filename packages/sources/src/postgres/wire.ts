import { setMaxListeners } from 'node:events';
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

/** Times of all who share a connection. */
interface SharedTimes {
  timeout: number;
  heartbeat: number;
  /** To be called when the heartbeat is sooner than it was. */
  sooner?: () => void;
}

const lines = new WeakMap<object, { readonly line: Line; readonly times: SharedTimes }>();

/**
 * The line for the hints of a database: one connection for all the stores of the process, whatever their tables. It is
 * tried as often, and waited for as long, as any of them wants.
 */
export function lineOf(database: Database, { timeout, heartbeat }: WireTimes): Line {
  let known = lines.get(database.identity);
  if (known === undefined) {
    const times: SharedTimes = { timeout, heartbeat };
    known = { line: line((events) => open(database, times, events)), times };
    lines.set(database.identity, known);
  }
  const { times } = known;
  times.timeout = Math.max(times.timeout, timeout);
  if (heartbeat < times.heartbeat) {
    times.heartbeat = heartbeat;
    times.sooner?.();
  }
  return known.line;
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

/** The channel of a table that is gone: none has this name. */
const NONE = '';

/** The table of a schema that is listened for. */
interface Tuned {
  tuning?: Promise<void>;
  /** Undefined until it is listened to. */
  channel?: string;
  /** By what hints about them carry. */
  readonly topics: Map<string, string>;
}

/** A connection set aside, which listens. Whatever ends it is told. */
async function open(database: Database, times: SharedTimes, events: WireEvents): Promise<Wire> {
  if (database.cannotListen !== undefined) throw database.cannotListen;
  const client = await database.connect({ timeout: times.timeout });
  const tuned = new Map<string, Tuned>();
  const ended = new AbortController();
  setMaxListeners(0, ended.signal); // every table that is asked for its channel is one
  let asked: Promise<unknown> = Promise.resolve();
  let over = false;
  let tunings = 0;
  let beat: NodeJS.Timeout | undefined;
  const end = (): void => {
    if (over) return;
    over = true;
    ended.abort(new FlagError('UNAVAILABLE', 'the connection for hints is given up'));
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
  const ask = async (text: string, timeout = times.timeout): Promise<readonly unknown[]> => {
    // one at a time: node-postgres will not queue them for ever
    const answer = asked.then(() => client.query({ text, rowMode: 'array' }));
    asked = answer.catch(() => undefined);
    const { rows } = await limited(answer, { timeout }, 'no answer of PostgreSQL');
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
  /** Asked on another connection: whoever has locked that table holds up the hints of no other. */
  const channelOf = async (schema: string, timeout: number): Promise<string> => {
    const [row] = await database.query(`select channel from ${schema}`, [], { timeout, closed: ended.signal });
    return String(row?.[0] ?? NONE);
  };
  const listenTo = async (one: Tuned, channel: string): Promise<void> => {
    if (channel !== NONE) await ask(`listen "${channel.replaceAll('"', '""')}"`);
    one.channel = channel;
  };
  const tuneIn = async (one: Tuned, schema: string): Promise<void> => {
    // somebody waits for this
    hold(client, ++tunings);
    try {
      const channel = await channelOf(schema, times.timeout);
      if (channel === NONE) throw new FlagError('UNSUPPORTED', 'the schema of flags names no channel for hints');
      await listenTo(one, channel);
    } finally {
      if (!over) hold(client, --tunings);
    }
  };
  // stays for ever: an error of a connection nobody listens to would end the process
  client.on('error', fail);
  client.on('end', () => fail(new FlagError('UNAVAILABLE', 'PostgreSQL closed the connection for hints')));
  client.on('notification', heard);

  try {
    await proveHearing(database, client, ask, times.timeout);
  } catch (error) {
    end();
    throw listenFailure(error);
  }

  /** Tables that were made anew hint on another channel: whoever reads finds out what has become of them. */
  const checkChannel = async (one: Tuned, schema: string): Promise<void> => {
    const channel = await channelOf(schema, times.heartbeat).catch((error: unknown) => {
      if (error instanceof FlagError && error.code === 'NOT_FOUND') return NONE;
      throw error;
    });
    if (channel === one.channel) return;
    await listenTo(one, channel);
    for (const topic of one.topics.values()) events.changed(topic);
  };
  let checking = false;
  const checkChannels = async (): Promise<void> => {
    if (checking) return;
    checking = true;
    for (const [schema, one] of tuned) {
      if (over) break;
      // a table that is locked, or may not be read any more, is asked again the next time
      if (one.channel !== undefined) await checkChannel(one, schema).catch(() => undefined);
    }
    checking = false;
  };
  const pulse = (): void => {
    beat = setTimeout(() => {
      beat = undefined;
      // a connection that was cut without a word is found out only by asking
      ask('select true', times.heartbeat).then(() => {
        if (over) return;
        void checkChannels();
        pulse();
      }, fail);
    }, times.heartbeat);
    beat.unref();
  };
  pulse();
  times.sooner = () => {
    // a beat that is under way is followed by one that knows
    if (over || beat === undefined) return;
    clearTimeout(beat);
    pulse();
  };
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
