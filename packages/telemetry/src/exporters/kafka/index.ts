import { FlagError, preview } from '@flagwright/core';
import type { Exporter } from '../../analytics/exporter.ts';
import { oneAtATime } from '../one-at-a-time.ts';
import { checkedName, checkFunction, checkWhole, isRecord, recordOf } from '../options.ts';
import { kafkaError } from './kafka-error.ts';
import { type KafkaMessage, messageOf, sizeOf } from './message.ts';

export type { KafkaMessage } from './message.ts';

/** What is used of a producer, as `kafkajs` and clients in its shape have it. */
export interface KafkaProducer {
  send(record: {
    topic: string;
    messages: KafkaMessage[];
    acks?: number;
    timeout?: number;
    compression?: number;
  }): Promise<unknown>;
}

/** Options of `kafkaExporter`. */
export interface KafkaExporterOptions<T> {
  /** Connected and disconnected by whoever made it. */
  readonly producer: KafkaProducer;
  readonly topic: string;
  /** What decides on the partition; null for any. Default: the item's `user_key`, null if it is empty or missing. */
  readonly key?: ((item: T) => string | null) | undefined;
  /** Headers of every message. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Passed on to `send`, if given: −1 for all in-sync replicas, 1 for the leader, 0 for nobody (then events may be lost). */
  readonly acks?: number | undefined;
  /** Passed on to `send`, if given: how long brokers may take to confirm, in ms. */
  readonly timeout?: number | undefined;
  /** Passed on to `send`, if given: `CompressionTypes.GZIP` of `kafkajs`, say. */
  readonly compression?: number | undefined;
  /** A batch of more bytes is not sent but halved; a single item that is larger is refused. Default: 1,000,000. */
  readonly maxBytes?: number | undefined;
  /** The name in metrics and messages. Default: `kafka`. */
  readonly name?: string | undefined;
}

/**
 * Sends items to a topic of Kafka as JSON, with the key of their user: so the events of one user stay in order. At least
 * once: where a batch goes to several partitions and some fail, it is sent again to all.
 *
 * `export` rejects with `FlagError`: `TOO_LARGE`, `INVALID_ARGUMENT` (a record that the broker calls invalid),
 * `UNAUTHORIZED`, `NOT_FOUND` (no such topic), `UNSUPPORTED` (a topic that cannot be), otherwise `UNAVAILABLE`. Messages
 * tell the kind of error and nothing that the client said. Throws `INVALID_ARGUMENT` for bad options.
 */
export function kafkaExporter<T = unknown>(options: KafkaExporterOptions<T>): Exporter<T> {
  const {
    producer,
    topic,
    key,
    headers,
    maxBytes = 1_000_000,
    name = 'kafka',
  } = recordOf(options, "{ producer, topic: 'events' }");
  if (!(isRecord(producer) && typeof producer.send === 'function')) {
    throw new FlagError('INVALID_ARGUMENT', 'producer has no send(); expected one as of kafkajs, kafka.producer()');
  }
  // what Kafka itself allows
  if (typeof topic !== 'string' || !/^[\w.-]{1,249}$/.test(topic)) {
    throw new FlagError(
      'INVALID_ARGUMENT',
      `topic is ${preview(topic)}; expected at most 249 letters, digits, dots, dashes and underscores`,
    );
  }
  checkFunction('key', key);
  checkWhole('maxBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER, 'bytes');
  if (options.acks !== undefined) checkWhole('acks', options.acks, -1, 1, 'a number');
  if (options.timeout !== undefined) checkWhole('timeout', options.timeout, 1, 0x7fffffff, 'milliseconds');
  if (options.compression !== undefined) checkWhole('compression', options.compression, 0, 4, 'a type');
  if (
    headers !== undefined &&
    !(isRecord(headers) && Object.values(headers).every((value) => typeof value === 'string'))
  ) {
    throw new FlagError('INVALID_ARGUMENT', 'headers are no object of texts; expected name to value');
  }
  const settings = Object.fromEntries(
    (['acks', 'timeout', 'compression'] as const)
      .filter((setting) => options[setting] !== undefined)
      .map((setting) => [setting, options[setting]]),
  );

  return {
    name: checkedName(name),
    // a send that was given up goes on: the client knows no way to stop it
    export: oneAtATime(async (items) => {
      let bytes = 0;
      const messages = items.map((item) => {
        const message = messageOf(item, key, headers);
        bytes += sizeOf(message);
        if (bytes <= maxBytes) return message;
        const what = items.length === 1 ? 'the message has' : `the ${items.length} messages have`;
        throw new FlagError('TOO_LARGE', `${what} more than ${maxBytes} bytes`);
      });
      try {
        await producer.send({ topic, messages, ...settings });
      } catch (thrown) {
        throw kafkaError(thrown);
      }
    }),
  };
}
