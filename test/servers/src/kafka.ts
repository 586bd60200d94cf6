import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardedFolder } from './guarded-folder.ts';
import { ensure } from './install.ts';
import { type Server, startServer } from './server.ts';

/**
 * A broker that speaks the protocol of Kafka, and a consumer of one topic of it, in one process. It chooses its port, so
 * it cannot be started again on the same one: `pause` and `resume` stand in for a broker that is lost and comes back.
 */
export interface KafkaServer extends Omit<Server, 'start'> {
  /** `127.0.0.1:<port>`. */
  readonly broker: string;
  /** What was consumed so far, in the order of arrival; all of it, once a partition's offsets say so. */
  consumed(): readonly ConsumedMessage[];
}

/** A message as the consumer got it. */
export interface ConsumedMessage {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** Ms since the epoch. */
  readonly at: number;
}

/** Settings of `startKafka`. */
export interface KafkaOptions {
  /** The topic that is consumed; `events` if left out. It has four partitions. Other topics are made when asked for. */
  readonly topic?: string;
}

/** What `kcat -J` prints. */
interface Printed {
  readonly partition: number;
  readonly offset: number;
  readonly ts: number;
  readonly key: string | null;
  readonly payload: string;
  readonly headers?: readonly string[];
}

/** Start the mock cluster of librdkafka, which Debian's `kcat` brings, on 127.0.0.1 with no data. */
export async function startKafka({ topic = 'events' }: KafkaOptions = {}): Promise<KafkaServer> {
  const { kcat } = await ensure('kafka');
  const folder = guardedFolder('kafka');
  const [messages, log] = [join(folder.path, 'messages'), join(folder.path, 'log')];
  // -b is asked for and not used; -u: each message is there as soon as it is consumed
  const mock = ['-b', 'mock', '-X', 'test.mock.num.brokers=1', '-X', 'fetch.wait.max.ms=50', '-d', 'mock'];
  const server = await startServer({
    name: 'Kafka',
    port: 0,
    folder,
    file: 'sh',
    args: ['-c', 'exec "$0" "$@" >messages', kcat, '-C', '-t', topic, '-o', 'beginning', '-u', '-J', ...mock],
    shutdown: 'SIGTERM',
    ready: () => portIn(log) !== undefined && readFileSync(log, 'utf8').includes(`Reached end of topic ${topic} `),
  });
  const port = portIn(log)!;
  return {
    port,
    broker: `127.0.0.1:${port}`,
    pause: server.pause,
    resume: server.resume,
    kill: server.kill,
    stop: server.stop,
    consumed() {
      // the last line may not be whole yet
      const lines = readFileSync(messages, 'utf8').split('\n').slice(0, -1);
      return lines.map((line) => {
        const { partition, offset, ts, key, payload, headers = [] } = JSON.parse(line) as Printed;
        return { partition, offset, key, value: payload, headers, at: ts };
      });
    },
  };
}

function portIn(log: string): number | undefined {
  const port = /bootstrap\.servers=127\.0\.0\.1:(\d+)/.exec(readFileSync(log, 'utf8'))?.[1];
  return port === undefined ? undefined : Number(port);
}
