import {
  KafkaJSConnectionError,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
} from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { type KafkaExporterOptions, type KafkaProducer, kafkaExporter } from '../../src/exporters/index.ts';
import { failure, numbered, patient } from './support.ts';

type Sent = Parameters<KafkaProducer['send']>[0];

/** A producer that keeps what it is given, or fails. */
function producer(thrown?: unknown): KafkaProducer & { readonly sent: Sent[] } {
  const sent: Sent[] = [];
  return {
    sent,
    async send(record) {
      if (thrown !== undefined) throw thrown;
      sent.push(record);
    },
  };
}

async function messagesOf(
  items: readonly unknown[],
  options: Partial<KafkaExporterOptions<unknown>> = {},
): Promise<Sent['messages']> {
  const given = producer();
  await kafkaExporter({ producer: given, topic: 'events', ...options }).export(items, patient);
  return given.sent.flatMap(({ messages }) => messages);
}

describe('the messages of kafkaExporter', () => {
  it('have the user as key, the JSON as value, and the time of the event', async () => {
    const event = { kind: 'custom', timestamp: '2026-01-31T12:00:00.123Z', user_key: 'ann' };
    expect(await messagesOf([event])).toEqual([
      { key: 'ann', value: JSON.stringify(event), timestamp: String(Date.UTC(2026, 0, 31, 12, 0, 0, 123)) },
    ]);
  });

  it.each<[string, unknown]>([
    ['an empty user', { user_key: '' }],
    ['no user', {}],
    ['a user that is no text', { user_key: 7 }],
    ['a user of the prototype', Object.create({ user_key: 'ann' })],
    ['no object', 'ann'],
    ['nothing', null],
    ['a time that is none', { timestamp: 'now' }],
    ['a time before 1970', { timestamp: '1969-01-01T00:00:00Z' }],
  ])('have no key and no time for %s', async (_, item) => {
    expect(await messagesOf([item])).toEqual([{ key: null, value: JSON.stringify(item) }]);
  });

  it('have the key and the headers that they are to have', async () => {
    const key = (item: unknown): string | null => {
      if (item === 'bad') throw new Error('no');
      return item === 'none' ? null : `key of ${item}`;
    };
    const headers = { source: 'flags' };
    expect(await messagesOf(['a', 'none', 'bad'], { key, headers })).toEqual([
      { key: 'key of a', value: '"a"', headers },
      { key: null, value: '"none"', headers },
      { key: null, value: '"bad"', headers },
    ]);
  });

  it('are sent with what else is set, and nothing that is not', async () => {
    const given = producer();
    await kafkaExporter({ producer: given, topic: 'a' }).export([1], patient);
    await kafkaExporter({ producer: given, topic: 'b', acks: 1, timeout: 5, compression: 1 }).export([1], patient);
    await kafkaExporter({ producer: given, topic: 'c' }).export([], patient);
    const messages = [{ key: null, value: '1' }];
    expect(given.sent).toEqual([
      { topic: 'a', messages },
      { topic: 'b', messages, acks: 1, timeout: 5, compression: 1 },
    ]);
  });

  it('are not sent if they are too large, together or alone', async () => {
    const given = producer();
    const exporter = kafkaExporter({ producer: given, topic: 'events', maxBytes: 1_000 });
    for (const items of [numbered(0, 20), ['x'.repeat(1_000)], ['ä'.repeat(500)]]) {
      expect(await failure(exporter.export(items, patient))).toMatchObject({ code: 'TOO_LARGE' });
    }
    expect(given.sent).toEqual([]);
    await exporter.export(numbered(0, 5), patient);
    expect(given.sent).toHaveLength(1);
  });
});

/** An error as a broker answers it, by way of kafkajs. */
const protocol = (type: string, code: number, retriable = false): Error =>
  Object.assign(new KafkaJSProtocolError(`broker s3cret said ${type}`), { type, code, retriable });

const retried = (cause: Error): Error =>
  Object.assign(new KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 5, retryTime: 100 }), { cause });

describe('what kafkaExporter makes of an error', () => {
  it.each<[string, unknown, object]>([
    ['too large', protocol('MESSAGE_TOO_LARGE', 10), { code: 'TOO_LARGE' }],
    ['too large a batch', protocol('RECORD_LIST_TOO_LARGE', 18), { code: 'TOO_LARGE' }],
    ['too large, after retries', retried(protocol('MESSAGE_TOO_LARGE', 10)), { code: 'TOO_LARGE' }],
    ['too large, by number alone', { code: 10 }, { code: 'TOO_LARGE' }],
    ['an invalid record', protocol('INVALID_RECORD', 87), { code: 'INVALID_ARGUMENT' }],
    ['no such topic', protocol('UNKNOWN_TOPIC_OR_PARTITION', 3, true), { code: 'NOT_FOUND' }],
    ['an invalid topic', protocol('INVALID_TOPIC_EXCEPTION', 17), { code: 'UNSUPPORTED' }],
    ['no access', protocol('TOPIC_AUTHORIZATION_FAILED', 29), { code: 'UNAUTHORIZED' }],
    [
      'wrong credentials',
      new (KafkaJSSASLAuthenticationError as new (message: string) => Error)('user s3cret'),
      { code: 'UNAUTHORIZED' },
    ],
    ['wrong credentials of librdkafka', { name: 'Error', code: -169 }, { code: 'UNAUTHORIZED' }],
    ['not enough replicas', protocol('NOT_ENOUGH_REPLICAS', 19, true), { code: 'UNAVAILABLE' }],
    [
      'no connection, after retries: not for good, though it says so',
      retried(new KafkaJSConnectionError('connect s3cret:9092', { broker: 's3cret:9092', code: 'ECONNREFUSED' })),
      {
        code: 'UNAVAILABLE',
        message: 'Kafka did not take the events (KafkaJSNumberOfRetriesExceeded, KafkaJSConnectionError, ECONNREFUSED)',
      },
    ],
    [
      'no answer',
      new KafkaJSRequestTimeoutError('s3cret', {
        broker: 's3cret:9092',
        clientId: 's3cret',
        correlationId: 1,
        createdAt: 0,
        sentAt: 0,
        pendingDuration: 0,
      }),
      { code: 'UNAVAILABLE' },
    ],
    ['not retriable', new KafkaJSNonRetriableError('s3cret'), { code: 'UNAVAILABLE' }],
    ['a text', 's3cret', { code: 'UNAVAILABLE', message: 'Kafka did not take the events' }],
    ['an address as its name', { name: 'sasl://s3cret@broker' }, { code: 'UNAVAILABLE' }],
    ['null', null, { code: 'UNAVAILABLE' }],
  ])('%s', async (_, thrown, expected) => {
    const exporter = kafkaExporter({ producer: producer(thrown), topic: 'events' });
    const error = await failure(exporter.export([1], patient));
    expect(error).toMatchObject(expected);
    expect(`${error.stack}${JSON.stringify(error, Object.getOwnPropertyNames(error))}`).not.toContain('s3cret');
  });

  it('an error that is its own cause', async () => {
    const error: { name: string; cause?: unknown } = { name: 'Odd' };
    error.cause = error;
    const exporter = kafkaExporter({ producer: producer(error), topic: 'events' });
    expect(await failure(exporter.export([1], patient))).toMatchObject({ message: expect.stringContaining('(Odd)') });
  });

  it('a producer that throws at once', async () => {
    const send = (): never => {
      throw new Error('s3cret');
    };
    const exporter = kafkaExporter({ producer: { send }, topic: 'events' });
    expect(await failure(exporter.export([1], patient))).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a number', 1],
    ['a list', [{ errorCode: 0 }]],
  ])('a producer that returns %s and no promise: nobody knows what became of it', async (_, returned) => {
    const exporter = kafkaExporter({ producer: { send: () => returned as never }, topic: 'events' });
    expect(await failure(exporter.export([1], patient))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('promise'),
    });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no results', []],
    ['results without a code', [{}, null, 7]],
    ['results', [{ topicName: 'events', partition: 0, errorCode: 0, baseOffset: '7' }]],
  ])('no error: %s', async (_, results) => {
    await kafkaExporter({ producer: { send: async () => results }, topic: 'events' }).export([1], patient);
  });

  it.each<[number, object]>([
    [10, { code: 'TOO_LARGE' }],
    [19, { code: 'UNAVAILABLE', message: 'Kafka did not take the events (19)' }],
    [29, { code: 'UNAUTHORIZED' }],
    [87, { code: 'INVALID_ARGUMENT' }],
    [-1, { code: 'UNAVAILABLE' }],
  ])('results of which one has error %i', async (errorCode, expected) => {
    const results = [
      { partition: 0, errorCode: 0 },
      { partition: 1, errorCode },
    ];
    const exporter = kafkaExporter({ producer: { send: async () => results }, topic: 'events' });
    expect(await failure(exporter.export([1], patient))).toMatchObject(expected);
  });

  it('a promise of another make', async () => {
    // biome-ignore lint/suspicious/noThenProperty: that is what it is about
    const promise = { then: (resolve: (value: unknown) => void) => resolve([]) };
    await kafkaExporter({ producer: { send: () => promise as never }, topic: 'events' }).export([1], patient);
  });

  it.each<[string, object]>([
    ['no producer', { producer: undefined }],
    ['a consumer', { producer: { run: () => undefined } }],
    ['no topic', { topic: undefined }],
    ['an empty topic', { topic: '' }],
    ['a topic that cannot be', { topic: 'a b' }],
    ['a topic that is a folder', { topic: '..' }],
    ['a long topic', { topic: 'a'.repeat(250) }],
    ['a key that is no function', { key: 'user_key' }],
    ['headers that are a list', { headers: [] }],
    ['headers that are no texts', { headers: { a: 1 } }],
    ['acks', { acks: 2 }],
    ['a timeout', { timeout: 0 }],
    ['a compression', { compression: 'gzip' }],
    ['a bound', { maxBytes: 0 }],
    ['a name', { name: 'kafka:9092' }],
    ['a name with a control character', { name: 'a\u001b[31m' }],
    ['a name that turns the text around', { name: 'a\u202e' }],
  ])('refuses %s', (_, options) => {
    const given = { producer: producer(), topic: 'events', ...options } as KafkaExporterOptions<unknown>;
    expect(() => kafkaExporter(given)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
