import { createClient } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { type AnalyticsEvent, analytics, type BatchOptions, batch, type EventCounts } from '@flagwright/telemetry';
import { type ConsumedMessage, type KafkaServer, startKafka, until } from '@flagwright/test-servers';
import { CompressionTypes, Kafka, type KafkaConfig, logLevel, Partitioners, type Producer } from 'kafkajs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { kafkaExporter } from '../../src/exporters/index.ts';
import { failure, type Numbered, numbered, patient, range } from './support.ts';

async function kafka(): Promise<KafkaServer> {
  const server = await startKafka();
  onTestFinished(() => server.stop());
  return server;
}

/** A producer of the real client, without its log. */
async function connected({ broker }: KafkaServer, settings: Partial<KafkaConfig> = {}): Promise<Producer> {
  const client = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, ...settings });
  const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await until('the producer is connected', () =>
    producer.connect().then(
      () => true,
      () => false,
    ),
  );
  onTestFinished(() => producer.disconnect().catch(() => undefined));
  return producer;
}

/** Settings without the long patience of the client. */
const IMPATIENT: Partial<KafkaConfig> = {
  connectionTimeout: 1_000,
  requestTimeout: 400,
  retry: { retries: 1, initialRetryTime: 20, maxRetryTime: 50 },
};

const QUICK: BatchOptions = { maxBatch: 50, maxAge: 5, random: () => 0, flushOnExit: false };

function quiet(): void {
  const spy = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  onTestFinished(() => void spy.mockRestore());
}

const numbersIn = (messages: readonly ConsumedMessage[]): readonly number[] =>
  messages.map(({ value }) => (JSON.parse(value) as Numbered).n).sort((a, b) => a - b);

/** What was consumed, once there are so many different events. */
function consumed(server: KafkaServer, count: number): Promise<readonly ConsumedMessage[]> {
  return until(
    () => `${count} events are consumed; there are ${new Set(numbersIn(server.consumed())).size}`,
    () => {
      const found = server.consumed();
      return new Set(numbersIn(found)).size === count && found;
    },
  );
}

describe('kafkaExporter and a broker', () => {
  it('deliver every event, those of one user in order', async () => {
    const server = await kafka();
    const exporter = kafkaExporter<object>({ producer: await connected(server), topic: 'events' });
    const timestamp = '2026-01-31T12:00:00.123Z';
    await exporter.export(numbered(0, 500, { timestamp, text: 'ä"\n\u2028' }), patient);
    await exporter.export([...numbered(500, 600), { n: 600, user_key: '' }], patient);
    const messages = await consumed(server, 601);
    expect(numbersIn(messages)).toEqual(range(0, 601));
    for (let user = 0; user < 7; user++) {
      const ofUser = messages.filter(({ key }) => key === `user-${user}`);
      expect(new Set(ofUser.map(({ partition }) => partition)).size).toBe(1);
      const order = ofUser.toSorted((a, b) => a.offset - b.offset).map(({ value }) => JSON.parse(value).n);
      expect(order).toEqual(range(0, 600).filter((n) => n % 7 === user));
    }
    expect(new Set(messages.map(({ partition }) => partition)).size).toBeGreaterThan(1);
    const [first] = messages.filter(({ value }) => JSON.parse(value).n === 0);
    expect(first).toMatchObject({ key: 'user-0', at: Date.parse(timestamp) });
    expect(JSON.parse(first!.value)).toEqual({ n: 0, user_key: 'user-0', timestamp, text: 'ä"\n\u2028' });
    expect(messages.find(({ key }) => key === null)?.value).toBe('{"n":600,"user_key":""}');
  });

  it('deliver with other settings, too', async () => {
    const server = await kafka();
    const exporter = kafkaExporter<object>({
      producer: await connected(server),
      topic: 'events',
      acks: 1,
      timeout: 1_000,
      compression: CompressionTypes.GZIP,
      headers: { source: 'flags' },
      key: () => 'one',
    });
    await exporter.export(numbered(0, 100), patient);
    const messages = await consumed(server, 100);
    expect(new Set(messages.map(({ key, partition, headers }) => `${key} ${partition} ${headers}`)).size).toBe(1);
    expect(messages[0]).toMatchObject({ key: 'one', headers: ['source', 'flags'] });
  });

  it('have nothing to do with each other once the application disconnects', async () => {
    const server = await kafka();
    const producer = await connected(server);
    const exporter = kafkaExporter({ producer, topic: 'events' });
    await producer.disconnect();
    expect(await failure(exporter.export([{ n: 1 }], patient))).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('(KafkaJSError)'),
    });
    await producer.connect();
    await exporter.export([{ n: 1 }], patient);
    await consumed(server, 1);
  });
});

describe('kafkaExporter and a broker that is lost', () => {
  it('lose nothing while evaluations go on as if nothing were', async () => {
    quiet();
    const server = await kafka();
    const exporter = kafkaExporter<AnalyticsEvent>({ producer: await connected(server, IMPATIENT), topic: 'events' });
    const events = analytics({ exporters: [exporter], batch: QUICK });
    const store = memoryStore({ flags: { 'new-checkout': { type: 'boolean', default: true } } });
    const client = createClient(store, { sinks: [events] });
    await client.ready();
    onTestFinished(() => client.close());
    const evaluate = (from: number, to: number): void => {
      for (let n = from; n < to; n++) {
        expect(client.boolean('new-checkout', false, { targetingKey: `user-${n}` })).toBe(true);
      }
    };
    const counts = (): EventCounts => events.counts()[0]!;
    evaluate(0, 500);
    await until('some are sent', () => counts().sent > 0);
    await server.pause();
    evaluate(500, 1_000);
    await until('it fails', () => counts().failures > 1);
    expect(counts().lastError).toMatch(/^Kafka did not take the events \(KafkaJS\w+/);
    evaluate(1_000, 1_500);
    const { added, sent, queued, dropped, rejected } = counts();
    expect({ added, dropped, rejected }).toEqual({ added: 1_500, dropped: 0, rejected: 0 });
    expect(queued).toBeGreaterThanOrEqual(1_000 - 50);
    expect(sent + queued).toBe(1_500);
    await server.resume();
    await until('all are sent', async () => {
      await events.flush();
      return counts().queued === 0;
    });
    expect(counts()).toMatchObject({ added: 1_500, sent: 1_500, dropped: 0, rejected: 0 });
    const users = await until('all are consumed', () => {
      const found = new Set(server.consumed().map(({ key }) => key));
      return found.size === 1_500 && found;
    });
    expect(users).toEqual(new Set(range(0, 1_500).map((n) => `user-${n}`)));
    await events.close();
  });

  it('hold no more than the queue may when it is gone for good, and end in time', async () => {
    quiet();
    const server = await kafka();
    const producer = await connected(server, IMPATIENT);
    const queue = batch(kafkaExporter<Numbered>({ producer, topic: 'events' }), {
      ...QUICK,
      maxQueue: 200,
      closeTimeout: 500,
    });
    for (const event of numbered(0, 100)) queue.add(event);
    await queue.flush();
    await consumed(server, 100);
    await server.kill();
    for (const event of numbered(100, 2_000)) {
      queue.add(event);
      if (event.n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      expect(queue.counts().queued).toBeLessThanOrEqual(250);
    }
    await until('it has failed', () => queue.counts().failures > 0);
    await queue.close();
    const { added, sent, dropped, rejected, queued, failures, lastError } = queue.counts();
    expect({ added, sent, rejected, queued }).toEqual({ added: 2_000, sent: 100, rejected: 0, queued: 0 });
    expect(dropped).toBe(1_900);
    expect(failures).toBeGreaterThan(0);
    expect(lastError).not.toContain(String(server.port));
  });

  it('send nothing twice at once when a send is given up', async () => {
    quiet();
    const server = await kafka();
    const producer = await connected(server, IMPATIENT);
    let [under, most] = [0, 0];
    const counting: typeof producer.send = async (record) => {
      most = Math.max(most, ++under);
      return producer.send(record).finally(() => under--);
    };
    const exporter = kafkaExporter<Numbered>({ producer: { send: counting as never }, topic: 'events' });
    const queue = batch(exporter, { ...QUICK, exportTimeout: 20 });
    for (const event of numbered(0, 50)) queue.add(event);
    await queue.flush();
    await server.pause();
    for (const event of numbered(50, 100)) queue.add(event);
    await until('it was given up several times', () => queue.counts().failures > 2);
    await server.resume();
    await until('all are sent', async () => {
      await queue.flush();
      return queue.counts().queued === 0;
    });
    await queue.close();
    expect(queue.counts()).toMatchObject({ added: 100, sent: 100, dropped: 0 });
    expect(most).toBe(1);
    await consumed(server, 100);
  });
});
