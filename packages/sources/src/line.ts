import type { Observer, Unsubscribe } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { type Observers, observers } from './observers.ts';

/** A connection that carries the hints of several topics: one for all the stores of a process that share a backend. */
export interface Wire {
  /** Asks for the hints of a topic; resolves once they come. */
  listen(topic: string): Promise<void>;
  /** Asks for them no more. */
  unlisten(topic: string): Promise<void>;
  close(): Promise<void>;
}

/** What a wire reports. After `failed` it is of no use. */
export interface WireEvents {
  changed(topic: string): void;
  failed(cause: unknown): void;
}

/** A wire that is there while somebody listens. */
export interface Line {
  subscribe(topic: string, observer: Observer): Promise<Unsubscribe>;
}

interface Connection {
  readonly wire: Promise<Wire>;
  readonly topics: Map<string, { readonly listening: Observers; readonly armed: Promise<void>; count: number }>;
}

/**
 * A line over wires made by `open`: the first observer opens one, the last one to leave closes it. A wire that fails is
 * told to all who listen and given up; whoever subscribes after that gets a new one.
 */
export function line(open: (events: WireEvents) => Promise<Wire>): Line {
  let current: Connection | undefined;

  const connect = (): Connection => {
    const fail = (cause: unknown): void => {
      if (current === connection) current = undefined;
      const topics = [...connection.topics.values()];
      connection.topics.clear();
      for (const { listening } of topics) listening.failed(cause);
      void close(connection);
    };
    const wire = open({
      changed: (topic) => connection.topics.get(topic)?.listening.changed(),
      failed: fail,
    });
    const connection: Connection = { wire, topics: new Map() };
    wire.catch(() => {
      if (current === connection) current = undefined;
    });
    return connection;
  };

  return {
    async subscribe(topic, observer) {
      current ??= connect();
      const connection = current;
      let entry = connection.topics.get(topic);
      if (entry === undefined) {
        const armed = connection.wire.then((wire) => wire.listen(topic));
        entry = { listening: observers(), armed, count: 0 };
        connection.topics.set(topic, entry);
      }
      const held = entry;
      held.count++;
      const leave = held.listening.add(observer);
      let left = false;
      const stop = async (): Promise<void> => {
        if (left) return;
        left = true;
        await leave();
        if (--held.count > 0 || connection.topics.get(topic) !== held) return;
        connection.topics.delete(topic);
        if (connection.topics.size > 0) {
          await connection.wire.then((wire) => wire.unlisten(topic)).catch(() => undefined);
        } else {
          if (current === connection) current = undefined;
          await close(connection);
        }
      };
      try {
        await held.armed;
      } catch (error) {
        await stop();
        throw FlagError.from(error, 'UNAVAILABLE');
      }
      return stop;
    },
  };
}

async function close({ wire }: Connection): Promise<void> {
  await wire.then((opened) => opened.close()).catch(() => undefined);
}
