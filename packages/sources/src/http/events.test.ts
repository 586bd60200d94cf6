import type { RequestListener, ServerResponse } from 'node:http';
import type { FlagSource, Observer } from '@flagwright/core';
import { type FlagError, follow } from '@flagwright/core';
import { startProxy, until } from '@flagwright/test-servers';
import { describe, expect, it } from 'vitest';
import { closedAfterEach, failure } from '../../test/http/support.ts';
import { memoryStore } from '../memory.ts';
import { httpSource, nodeHandler, storeHandler } from './index.ts';
import type { HttpOptions } from './options.ts';

const { kept, server } = closedAfterEach();

type Heard = FlagSource & Required<Pick<FlagSource, 'subscribe' | 'close'>>;
const source = (options: HttpOptions): Heard => kept(httpSource(options) as Heard);

interface Ear extends Observer {
  hints: number;
  readonly failures: FlagError[];
}

function ear(): Ear {
  const failures: FlagError[] = [];
  return {
    hints: 0,
    failures,
    changed() {
      this.hints++;
    },
    failed(cause) {
      failures.push(cause as FlagError);
    },
  };
}

const ARMED = 'event: armed\ndata: {"heartbeat": 50}\n\n';

/** A server whose event streams the test writes, by hand. */
async function streams(...first: readonly string[]) {
  const responses: ServerResponse[] = [];
  let closed = 0;
  const { url } = await server((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    for (const text of first) response.write(text);
    responses.push(response);
    request.socket.on('close', () => closed++);
  });
  return { url, responses, closed: () => closed };
}

describe('subscribe', () => {
  it('waits for "armed", in however many pieces it comes', async () => {
    const { url, responses } = await streams(': hello\n\n', 'event: ar');
    let armed = false;
    const subscribing = Promise.resolve(source({ url }).subscribe(ear())).then(() => {
      armed = true;
    });
    await until('the request is there', () => responses.length === 1);
    responses[0]!.write('med\nda');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(armed).toBe(false);
    responses[0]!.write('ta: {}\n\n');
    await subscribing;
  });

  it('is answered by hints at each change, and by nothing else', async () => {
    const { url, responses } = await streams(ARMED);
    const observer = ear();
    await source({ url }).subscribe(observer);
    const beat = setInterval(() => responses[0]!.write(': heartbeat\n\n'), 20);
    responses[0]!.write('event: heartbeat\ndata: 1\n\nevent: armed\ndata: {}\n\ndata: x\n\nevent: changed\n\n');
    responses[0]!.write('event: changed\ndata: r2\n\n');
    await until('the hint is there', () => observer.hints === 1);
    responses[0]!.write('event: changed\r\ndata:\r\n\r\n');
    await until('the next hint is there', () => observer.hints === 2);
    clearInterval(beat);
    expect(observer.failures).toEqual([]);
  });

  it('shares one stream among observers, and ends it with the last', async () => {
    const { url, responses, closed } = await streams('event: armed\ndata: {}\n\n');
    const flags = source({ url });
    const [one, two] = [ear(), ear()];
    const stops = await Promise.all([flags.subscribe(one), flags.subscribe(two)]);
    expect(responses).toHaveLength(1);
    await stops[0]();
    responses[0]!.write('event: changed\ndata: 1\n\n');
    await until('the hint is there', () => two.hints === 1);
    expect(one.hints).toBe(0);
    expect(closed()).toBe(0);
    await stops[1]();
    await until('the stream is closed', () => closed() === 1);
    const again = ear();
    await flags.subscribe(again);
    expect(responses).toHaveLength(2);
    expect([...one.failures, ...two.failures]).toEqual([]);
  });

  it('sends credentials, and asks where it is told to', async () => {
    const seen: unknown[] = [];
    const { url } = await server(({ url: path, headers }, response) => {
      seen.push([path, headers.accept, headers.authorization, headers['x-key']]);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(ARMED);
    });
    const options = { token: 'secret', headers: { 'x-key': 'k', Accept: 'application/vnd.raw' } };
    await source({ url, events: `${url}events?a=b`, ...options }).subscribe(ear());
    await source({ url, ...options }).subscribe(ear());
    expect(seen).toEqual([
      ['/events?a=b', 'text/event-stream', 'Bearer secret', 'k'],
      ['/', 'text/event-stream', 'Bearer secret', 'k'],
    ]);
  });

  it('is not there with events: false', async () => {
    expect(httpSource({ url: 'http://127.0.0.1/', events: false }).subscribe).toBeUndefined();
  });

  it.each<[string, FlagError['code'], RequestListener]>([
    [
      'a document instead',
      'UNSUPPORTED',
      (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"flags":{}}'),
    ],
    [
      'a document without end instead',
      'UNSUPPORTED',
      (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{'),
    ],
    ['204', 'UNSUPPORTED', (_, response) => response.writeHead(204).end()],
    ['401', 'UNAUTHORIZED', (_, response) => response.writeHead(401).end()],
    ['403', 'UNAUTHORIZED', (_, response) => response.writeHead(403).end()],
    ['404', 'NOT_FOUND', (_, response) => response.writeHead(404).end()],
    ['405', 'UNSUPPORTED', (_, response) => response.writeHead(405).end()],
    ['406', 'UNSUPPORTED', (_, response) => response.writeHead(406).end()],
    ['503', 'UNAVAILABLE', (_, response) => response.writeHead(503).end()],
    ['a redirect elsewhere', 'INVALID_ARGUMENT', (_, r) => r.writeHead(302, { location: 'http://localhost/' }).end()],
    [
      'a stream of other events',
      'UNSUPPORTED',
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: changed\ndata: 1\n\n'),
    ],
    [
      'a stream that ends at once',
      'UNAVAILABLE',
      (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(': bye\n\n'),
    ],
    [
      'a line without end',
      'TOO_LARGE',
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`:${'x'.repeat(100_000)}`),
    ],
    [
      'a stream that says nothing',
      'UNAVAILABLE',
      (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
    ],
    ['no answer', 'UNAVAILABLE', () => undefined],
  ])('rejects at %s with %s, and leaves the answer', async (_, code, listener) => {
    let left = false;
    const { url } = await server((request, response) => {
      response.on('close', () => {
        left = true;
      });
      listener(request, response);
    });
    const observer = ear();
    expect((await failure(source({ url, timeout: 200 }).subscribe(observer))).code).toBe(code);
    expect(observer).toMatchObject({ hints: 0, failures: [] });
    await until('the answer is over, or its connection closed', () => left, 2_000);
  });

  it('carries how long the server wants to be left alone', async () => {
    const { url } = await server((_, response) => response.writeHead(503, { 'retry-after': '9' }).end());
    expect((await failure(source({ url }).subscribe(ear()))).retryAfter).toBe(9_000);
  });
});

describe('a subscription fails', () => {
  it('when the stream ends, or breaks, and another can follow', async () => {
    const { url, responses } = await streams('event: armed\ndata: {}\n\n');
    const flags = source({ url });
    for (const end of [(r: ServerResponse) => r.end(), (r: ServerResponse) => r.destroy()]) {
      const [one, two] = [ear(), ear()];
      await Promise.all([flags.subscribe(one), flags.subscribe(two)]);
      end(responses.at(-1)!);
      await until('both know', () => one.failures.length === 1 && two.failures.length === 1);
      expect(one.failures[0]).toMatchObject({ name: 'FlagError', code: 'UNAVAILABLE' });
      expect(one.hints).toBe(0);
    }
  });

  it('after two heartbeats of silence, by the word of the server', async () => {
    const { url } = await streams(ARMED);
    const observer = ear();
    const started = performance.now();
    await source({ url, heartbeat: 60_000 }).subscribe(observer);
    await until('it knows', () => observer.failures.length === 1, 5_000);
    expect(performance.now() - started).toBeGreaterThan(95);
    expect(observer.failures[0]!.code).toBe('UNAVAILABLE');
  });

  it.each(['{}', 'no JSON', '7', '{"heartbeat":"1"}', 'null', ''])('by the option if it says %j', async (data) => {
    const { url } = await streams(`event: armed\ndata: ${data}\n\n`);
    const observer = ear();
    await source({ url, heartbeat: 30 }).subscribe(observer);
    await until('it knows', () => observer.failures.length === 1, 5_000);
  });

  it.each(['0', '-1', '1e-9'])('not at once where a heartbeat is said to be %s', async (heartbeat) => {
    const { url, responses } = await streams(`event: armed\ndata: {"heartbeat": ${heartbeat}}\n\n`);
    const observer = ear();
    await source({ url }).subscribe(observer);
    responses[0]!.write('event: changed\ndata: 1\n\n');
    await until('it hints or fails', () => observer.hints === 1 || observer.failures.length === 1);
    expect(observer.hints).toBe(1);
  });

  it('not while there are heartbeats: comments, or bytes of an event', async () => {
    const { url, responses } = await streams(ARMED);
    const observer = ear();
    await source({ url }).subscribe(observer);
    for (let i = 0; i < 25; i++) {
      responses[0]!.write(i % 2 === 0 ? ':\n' : 'x');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(observer.failures).toEqual([]);
  });

  it('when the connection is dead though open', async () => {
    const memory = memoryStore({ flags: {} });
    const { port } = await server(nodeHandler(storeHandler(memory, { heartbeat: 50 })));
    const proxy = await startProxy({ port });
    kept(proxy);
    const observer = ear();
    await source({ url: `http://127.0.0.1:${proxy.port}/` }).subscribe(observer);
    await memory.commit([{ key: 'a', next: { default: 1 } }]);
    await until('the hint is there', () => observer.hints > 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(observer.failures).toEqual([]);
    proxy.freeze();
    await until('it knows', () => observer.failures.length === 1, 5_000);
    expect(observer.failures[0]!.code).toBe('UNAVAILABLE');
  });

  it('with neither hint nor failure after close(), which is waited for by nobody', async () => {
    const { url, responses, closed } = await streams('event: armed\ndata: {}\n\n');
    const flags = source({ url });
    const observer = ear();
    const stop = await flags.subscribe(observer);
    await flags.close();
    await until('the stream is closed', () => closed() === 1);
    responses[0]!.write('event: changed\ndata: 1\n\n');
    await stop();
    expect(observer).toMatchObject({ hints: 0, failures: [] });
    expect((await failure((async () => flags.subscribe(ear()))())).code).toBe('NOT_READY');
  });

  it('with NOT_READY while it is being armed', async () => {
    const { url, responses } = await streams(': wait\n\n');
    const flags = source({ url });
    const subscribing = failure(flags.subscribe(ear()));
    await until('the request is there', () => responses.length === 1);
    await flags.close();
    expect((await subscribing).code).toBe('NOT_READY');
  });
});

describe('followed', () => {
  it('shows changes long before the refresh interval, and goes on after the server was away', async () => {
    const memory = memoryStore({ flags: { a: { type: 'boolean', default: false } } });
    const made = await server(nodeHandler(storeHandler(memory, { heartbeat: 50 })));
    const proxy = await startProxy({ port: made.port });
    kept(proxy);
    const follower = follow(source({ url: `http://127.0.0.1:${proxy.port}/`, timeout: 500 }), {
      refreshInterval: 600_000,
    });
    kept(follower);
    await follower.ready();
    const revisionIs = async (): Promise<boolean> => follower.snapshot?.revision === (await memory.read()).revision;
    const change = (key: string) => memory.commit([{ key, next: { default: 1 } }]);

    await change('b');
    await until('the change is there', revisionIs, 5_000);
    expect(follower.health()).toMatchObject({ status: 'ready', subscribed: true, reconnects: 0 });

    proxy.freeze();
    await until('the loss is noticed', () => follower.health().status === 'stale', 10_000);
    await change('c');
    proxy.dropAll();
    proxy.thaw();
    await until('the change is there', revisionIs, 10_000);
    await until('hints come again', () => follower.health().subscribed, 10_000);

    await made.stop();
    await until('the loss is noticed', () => follower.health().status === 'stale', 10_000);
    await change('d');
    await made.start();
    await until('the change is there', revisionIs, 10_000);
    await until('hints come again', () => follower.health().subscribed, 10_000);
    await change('e');
    await until('the change is there', revisionIs, 5_000);
  });

  it('polls a server of files, and says that no hints come', async () => {
    let body = '{"flags":{}}';
    const { url } = await server((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    });
    const warnings: string[] = [];
    const listen = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', listen);
    const follower = follow(source({ url }), { refreshInterval: 50 });
    kept(follower);
    await follower.ready();
    body = '{"flags":{"a":{"default":1}}}';
    await until('the change is there', () => follower.snapshot?.flags.has('a'), 5_000);
    process.off('warning', listen);
    expect(warnings.join()).toContain('events: false');
  });

  it('is patient with refused credentials, and takes new ones', async () => {
    let valid = 'old';
    let refusals = 0;
    const memory = memoryStore({ flags: {} });
    const authorize = ({ headers }: Request): boolean => {
      const passes = headers.get('authorization') === `Bearer ${valid}`;
      if (!passes) refusals++;
      return passes;
    };
    const { url } = await server(nodeHandler(storeHandler(memory, { authorize })));
    let token = 'old';
    // random 0.1: 55 % of five seconds after the first refusal, and of ten after the second
    const options = { refreshInterval: 50, subscribe: false, random: () => 0.1 };
    const follower = follow(source({ url, token: () => token }), options);
    kept(follower);
    await follower.ready();
    valid = 'new';
    await until('it is refused', () => follower.health().status === 'stale', 5_000);
    const refused = performance.now();
    expect(follower.health().lastError?.code).toBe('UNAUTHORIZED');
    expect(refusals).toBe(1);
    await until('it tries again', () => refusals === 2, 5_000);
    expect(performance.now() - refused).toBeGreaterThan(2_500);
    token = 'new';
    await until('it is let in', () => follower.health().status === 'ready', 8_000);
    expect(refusals).toBe(2);
  });

  it('leaves a server alone for as long as it asks', async () => {
    const times: number[] = [];
    let busy = true;
    const { url } = await server((_, response) => {
      times.push(performance.now());
      if (busy) response.writeHead(503, { 'retry-after': '1' }).end();
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{"flags":{}}');
    });
    const follower = follow(source({ url, events: false }), { refreshInterval: 50, random: () => 0 });
    kept(follower);
    await failure(follower.ready());
    busy = false;
    await follower.ready();
    expect(times).toHaveLength(2);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(990);
    expect(times[1]! - times[0]!).toBeLessThan(4_000);
  });
});
