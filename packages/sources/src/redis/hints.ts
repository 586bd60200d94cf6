import { FlagError } from '@flagwright/core';
import { type Line, line, type Wire, type WireEvents } from '../line.ts';
import { connectionOptions, cut, isCluster, type RedisClient, type RedisConnection } from './client.ts';
import { redisError } from './error.ts';
import { within } from './link.ts';

/**
 * The lines of hints of a client, one for each interval, in ms, at which it is asked whether it is still there. Each is
 * a connection of its own, that ends with the first sign of trouble: what was missed is for its listeners to read.
 */
export function hintsOf(ready: () => Promise<RedisClient>, timeout: number): (heartbeat: number) => Line {
  const lines = new Map<number, Line>();
  return (heartbeat) => {
    const known = lines.get(heartbeat) ?? line((events) => openWire(ready, events, { timeout, heartbeat }));
    lines.set(heartbeat, known);
    return known;
  };
}

interface WireOptions {
  readonly timeout: number;
  readonly heartbeat: number;
}

async function openWire(
  ready: () => Promise<RedisClient>,
  events: WireEvents,
  { timeout, heartbeat }: WireOptions,
): Promise<Wire> {
  const subscriber = await asked(timeout, async () => {
    const node = nodeOf(await ready());
    return node.duplicate(connectionOptions('flagwright-hints', timeout));
  });
  let over = false;
  let problem: unknown;
  let beats: NodeJS.Timeout | undefined;

  const end = (): void => {
    over = true;
    clearInterval(beats);
    cut(subscriber);
  };
  const fail = (cause: unknown): void => {
    if (over) return;
    end();
    events.failed(redisError(cause, { written: false, broken: false }));
  };
  subscriber.on('error', (error) => {
    problem ??= error;
  });
  try {
    await within(timeout, subscriber.connect());
    if (problem !== undefined) throw problem;
  } catch (error) {
    end();
    throw redisError(problem ?? error, { written: false, broken: false });
  }
  subscriber.stream?.unref();
  subscriber.on('close', () => fail(problem ?? new Error('the connection for hints was closed')));
  subscriber.on('message', (channel) => events.changed(String(channel)));
  let answered = true;
  beats = setInterval(() => {
    if (!answered) return fail(new Error(`the connection for hints gave no sign of life for ${heartbeat} ms`));
    answered = false;
    subscriber.ping().then(
      () => {
        answered = true;
      },
      // then it is closed too
      () => undefined,
    );
  }, heartbeat);
  beats.unref();

  return {
    async listen(topic) {
      await asked(timeout, () => subscriber.subscribe(topic));
    },
    async unlisten(topic) {
      // not waited for: nobody listens any more, and what is sent later comes later
      subscriber.unsubscribe(topic).catch(() => undefined);
    },
    async close() {
      if (!over) end();
    },
  };
}

function asked<T>(timeout: number, request: () => Promise<T>): Promise<T> {
  return within(timeout, request()).catch((error: unknown) => {
    throw redisError(error, { written: false, broken: false });
  });
}

/** The connection to make another one like: of a Cluster any node, for hints reach all of them. */
function nodeOf(client: RedisClient): RedisConnection {
  if (!isCluster(client)) return client;
  const nodes = client.nodes();
  const node = nodes.find(({ status }) => status === 'ready') ?? nodes[0];
  if (node === undefined) throw new FlagError('UNAVAILABLE', 'no node of the Redis Cluster is known');
  return node;
}
