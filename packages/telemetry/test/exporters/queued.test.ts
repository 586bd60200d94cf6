import { createServer } from 'node:http';
import { join } from 'node:path';
import { type Batch, type BatchOptions, batch } from '@flagwright/telemetry';
import { smallDisk, until } from '@flagwright/test-servers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Exporter, fileExporter, httpExporter, verifySignature } from '../../src/exporters/index.ts';
import { contentsOf } from './file-support.ts';
import { type Answer, receiver, status } from './http-server.ts';
import { type Numbered, newFolder, numbered, range } from './support.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** A queue without long waits, gone when the test is. */
function queue(exporter: Exporter<Numbered>, options: BatchOptions = {}): Batch<Numbered> {
  const queued = batch(exporter, { random: () => 0, maxAge: 5, flushOnExit: false, ...options });
  onTestFinished(() => queued.close());
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  onTestFinished(() => void vi.restoreAllMocks());
  return queued;
}

function add(queued: Batch<Numbered>, from: number, to: number, extra: object = {}): void {
  for (const event of numbered(from, to, extra)) queued.add(event);
}

const sorted = (numbers: readonly number[]): readonly number[] => [...numbers].sort((a, b) => a - b);

describe('httpExporter behind a queue', () => {
  it('halves what the server finds too large, until only that is refused', async () => {
    const taken: number[] = [];
    const sizes = new Set<number>();
    const server = await receiver((response, received, n) => {
      const { body, events } = received;
      sizes.add(events.length);
      if (body.length > 2_000) return status(413)(response, received, n);
      taken.push(...events.map((event) => event.n));
      return status(200)(response, received, n);
    });
    const queued = queue(httpExporter({ url: server.url, secret: SECRET, maxBytes: 20_000 }), { maxBatch: 1_000 });
    add(queued, 0, 300);
    add(queued, 300, 301, { text: 'x'.repeat(3_000) });
    add(queued, 301, 302, { text: 'x'.repeat(30_000) });
    add(queued, 302, 400);
    await queued.flush();
    expect(queued.counts()).toMatchObject({ sent: 398, rejected: 2, dropped: 0, queued: 0 });
    expect(taken).toEqual(range(0, 400).filter((n) => n !== 300 && n !== 301));
    expect(sizes.size).toBeGreaterThan(3);
    for (const { request, body } of server.received) {
      expect(verifySignature({ secret: SECRET, headers: request.headers, body })).toBe(true);
    }
  });

  it('loses and doubles nothing over a server that fails in every way', async () => {
    const ways: readonly Answer[] = [
      status(500),
      status(429, { 'retry-after': '0' }),
      (response) => response.destroy(),
      // no answer at all
      () => undefined,
      status(503, { 'retry-after': new Date(0).toUTCString() }),
      (response) => response.writeHead(200, { 'content-length': 10 }).end('x'),
      status(408),
    ];
    const seen = new Map<string, readonly number[]>();
    const server = await receiver((response, received, n) => {
      const way = n % 2 === 0 ? ways[(n / 2) % ways.length]! : status(200);
      const id = received.request.headers['idempotency-key'] as string;
      const events = received.events.map((event) => event.n);
      // a receiver that remembers what it took; an answer that is cut off has told so
      if (n % 2 === 1 || way === ways[5]) seen.set(id, events);
      way(response, received, n);
    });
    const queued = queue(httpExporter({ url: server.url, timeout: 200 }), { maxBatch: 20 });
    add(queued, 0, 400);
    await queued.flush();
    expect(queued.counts()).toMatchObject({ sent: 400, rejected: 0, dropped: 0, queued: 0 });
    expect([...seen.values()].flat()).toEqual(range(0, 400));
    expect(queued.counts().failures).toBeGreaterThan(ways.length);
  });

  it('asks no sooner than it was told', async () => {
    const server = await receiver((response, received, n) => {
      status(n === 0 ? 429 : 200, n === 0 ? { 'retry-after': '1' } : {})(response, received, n);
    });
    const queued = queue(httpExporter({ url: server.url }));
    add(queued, 0, 10);
    await until('it was asked to wait', () => queued.counts().failures === 1);
    const before = performance.now();
    await until('it is sent', () => queued.counts().sent === 10);
    // a timer may be a little early, and never by half
    expect(performance.now() - before).toBeGreaterThan(500);
    expect(server.received).toHaveLength(2);
  });

  it('goes on when the server comes back', async () => {
    const reserve = createServer();
    await new Promise<void>((resolve) => {
      reserve.listen(0, '127.0.0.1', resolve);
    });
    const { port } = reserve.address() as { port: number };
    await new Promise((resolve) => reserve.close(resolve));
    const queued = queue(httpExporter({ url: `http://127.0.0.1:${port}/` }));
    add(queued, 0, 10);
    await until('it has failed', () => queued.counts().failures > 1);
    let received = '';
    const server = createServer((request, response) => {
      request.on('data', (chunk) => {
        received += String(chunk);
      });
      request.on('end', () => response.end());
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
    await queued.flush();
    expect(queued.counts()).toMatchObject({ sent: 10, dropped: 0 });
    expect(JSON.parse(received).events).toEqual(numbered(0, 10));
  });
});

describe('fileExporter behind a queue', () => {
  it('loses and doubles nothing over a full disk, within the bounds of the queue', async () => {
    const disk = smallDisk(join(newFolder(), 'disk'), 2 ** 20);
    try {
      const path = join(disk.path, 'events');
      const queued = queue(fileExporter<Numbered>({ path }), { maxBatch: 100, maxQueue: 1_000 });
      add(queued, 0, 250);
      await queued.flush();
      disk.fill();
      add(queued, 250, 1_000);
      await until('it has failed', () => queued.counts().failures > 3);
      expect(queued.counts().lastError).toMatch(/ENOSPC|EFBIG/);
      disk.free();
      await queued.flush();
      expect(queued.counts()).toMatchObject({ added: 1_000, sent: 1_000, dropped: 0, rejected: 0 });
      disk.fill();
      add(queued, 1_000, 4_000);
      await until('it has failed again', () => queued.counts().dropped > 0 && queued.counts().queued <= 1_100);
      disk.free();
      await queued.close();
      const { sent, dropped } = queued.counts();
      expect(sent + dropped).toBe(4_000);
      const { numbers, torn } = contentsOf([path]);
      expect(torn).toEqual([]);
      expect(numbers).toHaveLength(sent);
      expect(new Set(numbers).size).toBe(sent);
      expect(sorted(numbers).slice(0, 1_000)).toEqual(range(0, 1_000));
      expect(numbers.at(-1)).toBe(3_999);
    } finally {
      disk.remove();
    }
  });
});
