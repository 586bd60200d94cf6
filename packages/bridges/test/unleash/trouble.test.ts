import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { makeUnleash } from './clients.ts';
import { later, listener, resolverOf, serve, started, warnings } from './support.ts';

const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 8_000, interval: 10 });

/** A bootstrap that is served once it is let go. */
async function slowBootstrap(): Promise<{ readonly url: string; readonly asked: boolean; go(): void }> {
  const text = JSON.stringify({ version: 2, features: [{ name: 'old', enabled: true, strategies: [] }] });
  const held: (() => void)[] = [];
  const server = createServer((_request, response) => void held.push(() => response.end(text)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  later(() => server.close().closeAllConnections());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get asked() {
      return held.length > 0;
    },
    go() {
      for (const answer of held) answer();
    },
  };
}

const nothing = async (): Promise<undefined> => undefined;

describe('headers that cannot be made', () => {
  const failing = () => {
    let fails = false;
    return {
      turn: (on: boolean) => {
        fails = on;
      },
      make: async () => {
        // as a failed fetch does
        if (fails) throw new TypeError('secret');
        return { Authorization: 'token' };
      },
    };
  };

  it('are told as that, and their end', async () => {
    const headers = failing();
    const options = { customHeadersFunction: headers.make, metricsInterval: 20 };
    const { server, resolver, told } = await started([{ name: 'flag' }], { options });
    await eventually(() => expect(server.unchanged).toBeGreaterThan(0));
    headers.turn(true);
    await eventually(() => expect(told.said).toEqual(['stale UNAVAILABLE']));
    expect(told.causes[0]?.message).toBe('the Unleash server was not asked: customHeadersFunction failed');
    // metrics need them, too
    resolver.resolve('boolean', 'flag', false, {});
    await new Promise((resolve) => setTimeout(resolve, 60));
    headers.turn(false);
    await eventually(() => expect(told.said).toEqual(['stale UNAVAILABLE', 'ready']));
    await eventually(() => expect(server.metrics).toHaveLength(1));
  });

  it('for the first request, and to register, are a rejection', async () => {
    const server = await serve([{ name: 'flag' }]);
    const headers = failing();
    headers.turn(true);
    const resolver = resolverOf({ url: server.url, options: { customHeadersFunction: headers.make } });
    await expect(resolver.start(listener())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(server.asked).toBe(0);
  });

  it("of somebody else's client are a failure of the client", async () => {
    const server = await serve([{ name: 'flag' }]);
    const headers = failing();
    const make = () =>
      makeUnleash({ url: server.url, disableMetrics: true, customHeadersFunction: headers.make as never });
    const [resolver, told] = [resolverOf({ client: make }), listener()];
    await resolver.start(told);
    await eventually(() => expect(server.unchanged).toBeGreaterThan(0));
    headers.turn(true);
    await eventually(() => expect(told.said).toEqual(['stale UNAVAILABLE']));
    expect(told.causes[0]?.message).toBe('the Unleash client failed (TypeError)');
    headers.turn(false);
    await eventually(() => expect(told.said).toEqual(['stale UNAVAILABLE', 'ready']));
  });
});

describe('what fails after flags were taken in makes nothing stale', () => {
  const refused = Object.assign(new Error('secret'), { code: 'ECONNREFUSED' });
  it.each([
    ['ECONNREFUSED', refused],
    ['TypeError', new TypeError('secret')],
  ])('as a storage by %s', async (why, error) => {
    const warned = warnings();
    const storageProvider = { get: nothing, set: () => Promise.reject(error) };
    const { server, told } = await started([{ name: 'flag' }], { options: { storageProvider } });
    await eventually(() => expect(server.asked).toBeGreaterThan(4));
    expect(told.said).toEqual([]);
    expect(warned).toEqual([expect.stringContaining(`(${why}), but only after it had taken in flags`)]);
    expect(warned.join()).not.toContain('secret');
  });

  it('as somebody who listens', async () => {
    warnings();
    const server = await serve([{ name: 'flag' }]);
    const make = () => {
      const client = makeUnleash({ url: server.url, disableMetrics: true });
      client.on('changed', () => {
        throw new TypeError('of a listener');
      });
      return client;
    };
    const [resolver, told] = [resolverOf({ client: make }), listener()];
    await resolver.start(told);
    await eventually(() => expect(server.asked).toBeGreaterThan(3));
    expect([told.said, resolver.keys?.()]).toEqual([[], ['flag']]);
  });
});

describe('a bootstrap that is late', () => {
  it('is no answer of the server', async () => {
    const [server, bootstrap] = [await serve([{ name: 'flag' }]), await slowBootstrap()];
    const [resolver, told] = [resolverOf({ url: server.url, bootstrap: { url: bootstrap.url } }), listener()];
    await resolver.start(told);
    await server.turn(418);
    await eventually(() => expect([told.said, bootstrap.asked]).toEqual([['stale UNAVAILABLE'], true]));
    bootstrap.go();
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect([told.said, resolver.keys?.()]).toEqual([['stale UNAVAILABLE'], ['flag']]);
  });

  it('serves where the server answered what cannot be read', async () => {
    const [server, bootstrap] = [await serve([null]), await slowBootstrap()];
    const [resolver, told] = [resolverOf({ url: server.url, bootstrap: { url: bootstrap.url } }), listener()];
    const starting = resolver.start(told);
    await eventually(() => expect([server.asked > 2, bootstrap.asked]).toEqual([true, true]));
    bootstrap.go();
    await starting;
    expect([told.said, resolver.keys?.()]).toEqual([['stale PARSE_ERROR'], ['old']]);
    server.set([{ name: 'flag' }]);
    await eventually(() => expect(told.said.slice(1)).toEqual(['changed flag old', 'ready']));
  });
});

it('a stream that cannot be read is told, and its end', async () => {
  const hydration = (enabled: boolean): string => {
    const features = [{ name: 'flag', enabled, strategies: [] }];
    return JSON.stringify({ events: [{ type: 'hydration', eventId: 1, features, segments: [] }] });
  };
  const server = await serve();
  server.stream(hydration(true));
  const options = { experimentalMode: { type: 'streaming' } };
  const [resolver, told] = [resolverOf({ url: server.url, options }), listener()];
  await resolver.start(told);
  expect(resolver.resolve('boolean', 'flag', false, {})).toMatchObject({ value: true });
  server.stream('{"secret":"content"}');
  await eventually(() => expect(told.said).toEqual(['stale PARSE_ERROR']));
  expect(told.causes[0]?.message).not.toMatch(/secret|content/);
  server.stream(hydration(false));
  await eventually(() => expect(told.said).toEqual(['stale PARSE_ERROR', 'changed flag', 'ready']));
});

describe('a second start', () => {
  it('without a stop does not wait for the metrics of the first, and tells only what comes after it', async () => {
    const server = await serve([{ name: 'flag' }]);
    server.metricsMood = 'hang';
    await server.turn('hang');
    const data = [{ name: 'flag', enabled: false, strategies: [] }];
    const resolver = resolverOf({ url: server.url, bootstrap: { data } });
    const [first, second] = [listener(), listener()];
    await resolver.start(first);
    resolver.resolve('boolean', 'flag', false, {});
    const at = performance.now();
    await resolver.start(second);
    expect(performance.now() - at).toBeLessThan(1_000);
    expect([first.said, second.said]).toEqual([['stale UNAVAILABLE'], ['stale UNAVAILABLE']]);
    server.metricsMood = 'good';
    await server.turn('good');
    await eventually(() => expect(second.said).toEqual(['stale UNAVAILABLE', 'changed flag', 'ready']));
    expect(first.said).toEqual(['stale UNAVAILABLE']);
  });

  it('with a client that is made anew serves what there is by then', async () => {
    const server = await serve([{ name: 'flag' }]);
    const made: ReturnType<typeof makeUnleash>[] = [];
    const make = () => {
      const client = makeUnleash({ url: server.url });
      made.push(client);
      return client;
    };
    const [resolver, told] = [resolverOf({ client: make }), listener()];
    await resolver.start(told);
    expect(resolver.resolve('boolean', 'flag', false, {})).toMatchObject({ value: true });
    await resolver.stop();
    expect(server.metrics).toHaveLength(1);
    server.set([{ name: 'flag', enabled: false }]);
    await resolver.start(told);
    expect(resolver.resolve('boolean', 'flag', true, {})).toMatchObject({ value: false });
    expect([made.length, told.said]).toEqual([2, []]);
  });

  it('with the client that was ended is refused', async () => {
    const server = await serve([{ name: 'flag' }]);
    const client = makeUnleash({ url: server.url, disableMetrics: true });
    const resolver = resolverOf({ client: () => client });
    await resolver.start(listener());
    await resolver.stop();
    const refusal = { code: 'INVALID_ARGUMENT', message: expect.stringContaining('was destroyed') };
    await expect(resolver.start(listener())).rejects.toMatchObject(refusal);
    await expect(resolverOf({ client }).start(listener())).rejects.toMatchObject(refusal);
    expect(resolver.resolve('boolean', 'flag', false, {})).toMatchObject({ errorCode: 'PROVIDER_NOT_READY' });
  });
});
