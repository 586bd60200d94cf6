import { describe, expect, it, onTestFinished } from 'vitest';
import { ensure } from '../src/install.ts';
import { type KafkaServer, startKafka } from '../src/kafka.ts';
import { run } from '../src/run.ts';
import { until } from '../src/until.ts';
import { client, ownFolders, pending } from './support.ts';

async function kafka(): Promise<KafkaServer> {
  const server = await startKafka();
  onTestFinished(() => server.stop());
  return server;
}

/** Sends lines `key:value` by another process. */
async function produce({ broker }: KafkaServer, input: string): Promise<void> {
  const { kcat } = await ensure('kafka');
  await run(kcat, ['-P', '-b', broker, '-t', 'events', '-K:', '-Z', '-H', 'from=test'], { input });
}

/** A question for the versions of the protocol, the shortest there is: length, key 18, version 0, id 7, no client. */
const QUESTION = Buffer.from('0000000a00120000000000070000', 'hex').subarray(0, 14);

describe('startKafka', () => {
  it('consumes what others send, with keys, headers and times', async () => {
    const server = await kafka();
    const before = Date.now() - 60_000;
    await produce(server, 'ann:1\nbob:ä "2"\nann:3\n');
    const consumed = await until('all is consumed', () => {
      const found = server.consumed();
      return found.length === 3 && found;
    });
    const values = (key: string): unknown => consumed.filter((one) => one.key === key).map(({ value }) => value);
    expect(values('ann')).toEqual(['1', '3']);
    expect(values('bob')).toEqual(['ä "2"']);
    expect(new Set(consumed.filter(({ key }) => key === 'ann').map(({ partition }) => partition)).size).toBe(1);
    for (const { headers, at, offset } of consumed) {
      expect(headers).toEqual(['from', 'test']);
      expect(at).toBeGreaterThan(before);
      expect(offset).toBeGreaterThanOrEqual(0);
    }
  });

  it('does not answer while it is paused, and goes on after', async () => {
    const server = await kafka();
    await server.pause();
    const visitor = await client(server.port);
    onTestFinished(() => void visitor.socket.destroy());
    visitor.socket.write(QUESTION);
    const answer = until('it answers', () => visitor.received !== '');
    expect(await pending(answer)).toBe(true);
    await server.resume();
    await answer;
  });

  it('refuses connections after it was killed, and keeps what was consumed', async () => {
    const server = await kafka();
    await produce(server, 'ann:1\n');
    await until('it is consumed', () => server.consumed().length === 1);
    await server.kill();
    await expect(client(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(server.consumed()).toMatchObject([{ key: 'ann', value: '1' }]);
  });

  it('is gone with its data after stop', async () => {
    const before = ownFolders();
    const server = await startKafka();
    await server.stop();
    await server.stop();
    expect(ownFolders()).toEqual(before);
    await expect(client(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
