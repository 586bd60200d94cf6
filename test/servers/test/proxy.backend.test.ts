import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startProxy, type TcpProxy } from '../src/proxy.ts';
import { type RedisServer, startRedis } from '../src/redis.ts';
import { until } from '../src/until.ts';
import { type Client, client } from './support.ts';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

async function proxyTo(port: number): Promise<TcpProxy> {
  const proxy = await startProxy({ port });
  onTestFinished(() => proxy.close());
  return proxy;
}

async function clientOf({ port }: TcpProxy): Promise<Client> {
  const connected = await client(port);
  onTestFinished(() => void connected.socket.destroy());
  return connected;
}

const PONG = '+PONG\r\n';

async function ping(connected: Client): Promise<void> {
  const before = connected.received;
  connected.socket.write('PING\r\n');
  await until('PING is answered', () => connected.received === before + PONG, 5_000);
}

/** Long enough for an answer over this machine's own network, many times over. */
const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 200));

describe('startProxy', () => {
  it('forwards and counts, over open and closed connections', async () => {
    const proxy = await proxyTo(redis.port);
    const [one, two] = [await clientOf(proxy), await clientOf(proxy)];
    for (const each of [one, two, two]) await ping(each);
    expect([proxy.connections, proxy.bytesToServer, proxy.bytesToClient]).toEqual([2, 18, 21]);
    two.socket.end();
    await until('the proxy has seen the close', () => proxy.connections === 1);
    expect([proxy.bytesToServer, proxy.bytesToClient]).toEqual([18, 21]);
  });

  it('forwards much at once, whole and in order, late or not', async () => {
    const proxy = await proxyTo(redis.port);
    const text = Array.from({ length: 700_000 }, (_, n) => String(n).padStart(8, '.')).join('');
    for (const late of [0, 20]) {
      proxy.latency(late);
      const one = await clientOf(proxy);
      one.socket.write(`*2\r\n$4\r\nECHO\r\n$${text.length}\r\n${text}\r\n`);
      await until('all of it is back', () => one.received.length >= text.length + 12);
      expect(one.received === `$${text.length}\r\n${text}\r\n`).toBe(true);
    }
  });

  it('rewrites URLs to lead through it', async () => {
    const { through, port } = await proxyTo(redis.port);
    expect(through('redis://:127.0.0.1%3A1@127.0.0.1:1/0')).toBe(`redis://:127.0.0.1%3A1@127.0.0.1:${port}/0`);
    expect(through('postgres://u:p%40@localhost:5432/a?b=c')).toBe(`postgres://u:p%40@127.0.0.1:${port}/a?b=c`);
  });

  it('freezes open and new connections without closing them, and thaws', async () => {
    const proxy = await proxyTo(redis.port);
    const open = await clientOf(proxy);
    await ping(open);
    proxy.freeze();
    const late = await clientOf(proxy);
    for (const each of [open, late]) each.socket.write('PING\r\n');
    await quiet();
    expect([open.received, late.received]).toEqual([PONG, '']);
    expect([open.closed, late.closed]).toEqual([false, false]);
    proxy.thaw();
    await until('both are answered', () => open.received === PONG + PONG && late.received === PONG);
  });

  it('hides from each end, while frozen, that the other has gone or come', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const proxy = await proxyTo(server.port);
    const [leaving, breaking, staying] = [await clientOf(proxy), await clientOf(proxy), await clientOf(proxy)];
    for (const each of [leaving, breaking, staying]) await ping(each);
    const clients = async (): Promise<number> => Number(/connected_clients:(\d+)/.exec(await server.cli('INFO'))?.[1]);
    expect(await clients()).toBe(4);

    proxy.freeze();
    leaving.socket.destroy();
    breaking.socket.resetAndDestroy();
    await until('the proxy has seen both', () => proxy.connections === 1);
    await clientOf(proxy);
    await quiet();
    expect(await clients()).toBe(4);
    await server.kill();
    await quiet();
    expect(staying.closed).toBe(false);

    proxy.thaw();
    await until('the client has seen the close', () => staying.closed);
  });

  it('delays both directions', async () => {
    const proxy = await proxyTo(redis.port);
    const one = await clientOf(proxy);
    await ping(one);
    proxy.latency(100);
    const start = performance.now();
    await ping(one);
    expect(performance.now() - start).toBeGreaterThan(195);
    proxy.latency(0);
    const again = performance.now();
    await ping(one);
    expect(performance.now() - again).toBeLessThan(150);
  });

  it('drops the connections that were chosen, at both ends', async () => {
    const proxy = await proxyTo(redis.port);
    const [quietOne, busy] = [await clientOf(proxy), await clientOf(proxy)];
    await ping(quietOne);
    for (let n = 0; n < 3; n += 1) await ping(busy);
    expect(proxy.dropAll(({ bytesToServer }) => bytesToServer > 6)).toBe(1);
    await until('the client has seen the close', () => busy.closed);
    await ping(quietOne);
    expect(proxy.dropAll()).toBe(1);
    await until('the client has seen the close', () => quietOne.closed);
    expect(proxy.connections).toBe(0);
    await ping(await clientOf(proxy));
  });

  it('drops connections while frozen', async () => {
    const proxy = await proxyTo(redis.port);
    const one = await clientOf(proxy);
    await ping(one);
    proxy.freeze();
    proxy.dropAll();
    await until('the client has seen the close', () => one.closed);
  });

  it('refuses new connections and accepts them again on the same port', async () => {
    const proxy = await proxyTo(redis.port);
    const open = await clientOf(proxy);
    await ping(open);
    await proxy.refuse();
    await expect(clientOf(proxy)).rejects.toThrow('ECONNREFUSED');
    await ping(open);
    await proxy.accept();
    await proxy.accept();
    await ping(await clientOf(proxy));
  });

  it('closes a connection that the server refuses', async () => {
    const server = await startRedis();
    const proxy = await proxyTo(server.port);
    await server.stop();
    const one = await clientOf(proxy);
    await until('the client has seen the close', () => one.closed);
  });

  it('passes on the end of one direction and goes on in the other', async () => {
    const proxy = await proxyTo(redis.port);
    const one = await clientOf(proxy);
    one.socket.end('PING\r\n');
    await until('the client is answered and closed', () => one.received === PONG && one.closed);
  });

  it('leaves nothing open when it is closed', async () => {
    const proxy = await proxyTo(redis.port);
    const one = await clientOf(proxy);
    await ping(one);
    proxy.freeze();
    await proxy.close();
    await proxy.close();
    await until('the client has seen the close', () => one.closed);
    await expect(clientOf(proxy)).rejects.toThrow('ECONNREFUSED');
  });
});
