import { FlagError, isRecord, preview } from '@flagwright/core';
import { checkedName, checkFunction, checkWhole, recordOf } from '../options.ts';
import type { KafkaMessage } from './message.ts';

/** Messages with where they go and how, as `kafkajs` takes them. */
interface KafkaBatch {
  topic: string;
  messages: KafkaMessage[];
  acks?: number;
  timeout?: number;
  compression?: number;
}

/** What is used of a producer, as `kafkajs` and clients in its shape have it. */
export interface KafkaProducer {
  /** Resolves once the messages are confirmed, perhaps with results, of which an `errorCode` other than 0 is a failure. */
  send(batch: KafkaBatch): Promise<unknown>;
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

/** Options that make sense. */
export interface CheckedOptions<T> {
  readonly producer: KafkaProducer;
  /** What every batch has besides its messages. */
  readonly settings: Omit<KafkaBatch, 'messages'>;
  readonly key: ((item: T) => string | null) | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly maxBytes: number;
  readonly name: string;
}

/** The options, checked. Throws `FlagError('INVALID_ARGUMENT')`. */
export function checkedOptions<T>(options: KafkaExporterOptions<T>): CheckedOptions<T> {
  const {
    producer,
    topic,
    key,
    headers,
    acks,
    timeout,
    compression,
    maxBytes = 1_000_000,
    name = 'kafka',
  } = recordOf(options, "{ producer, topic: 'events' }");
  if (!(isRecord(producer) && typeof producer.send === 'function')) {
    throw new FlagError('INVALID_ARGUMENT', 'producer has no send(); expected one as of kafkajs, kafka.producer()');
  }
  checkTopic(topic);
  checkFunction('key', key);
  checkHeaders(headers);
  checkWhole('maxBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER, 'bytes');
  if (acks !== undefined) checkWhole('acks', acks, -1, 1, 'a number');
  if (timeout !== undefined) checkWhole('timeout', timeout, 1, 0x7fffffff, 'milliseconds');
  if (compression !== undefined) checkWhole('compression', compression, 0, 4, 'a type');
  const settings = {
    topic,
    ...(acks === undefined ? {} : { acks }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(compression === undefined ? {} : { compression }),
  };
  return { producer, settings, key, headers, maxBytes, name: checkedName(name) };
}

/** What Kafka itself allows. */
function checkTopic(topic: unknown): void {
  if (typeof topic === 'string' && /^[\w.-]{1,249}$/.test(topic) && topic !== '.' && topic !== '..') return;
  throw new FlagError(
    'INVALID_ARGUMENT',
    `topic is ${preview(topic)}; expected at most 249 letters, digits, dots, dashes and underscores`,
  );
}

function checkHeaders(headers: unknown): void {
  if (headers === undefined) return;
  if (isRecord(headers) && Object.values(headers).every((value) => typeof value === 'string')) return;
  throw new FlagError('INVALID_ARGUMENT', 'headers are no object of texts; expected name to value');
}
