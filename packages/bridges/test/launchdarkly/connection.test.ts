import type { FlagError, Resolver } from '@flagwright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StreamServer, streamServer, wireFlag } from './stream-server.ts';
import { eventually, expectQuiet, KEY, listener, resolverOver, serves, VERSIONS } from './support.ts';

let server: StreamServer;
let resolver: Resolver | undefined;

beforeEach(async () => {
  server = await streamServer([wireFlag('on', true), wireFlag('other', false)]);
});

afterEach(async () => {
  await resolver?.stop?.();
  await server.close();
});

const thrownBy = (promise: Promise<unknown> | undefined): Promise<FlagError> =>
  Promise.resolve(promise).then(
    () => expect.fail('it did not reject'),
    (thrown: FlagError) => thrown,
  );

describe.each(VERSIONS)('the connection, %s', (_version, init) => {
  it('starts with the flags of the stream, and tells nothing of them', async () => {
    resolver = resolverOver(init, server);
    const told = listener();
    await resolver.start?.(told.events);
    expect(await serves(resolver, 'on')).toBe(true);
    expect(resolver.keys?.()).toEqual(['on', 'other']);
    await expectQuiet(told);
    expect(told.words).toEqual([]);
  });

  it('tells a lost stream once, with the cause, and its return once', async () => {
    resolver = resolverOver(init, server);
    const told = listener();
    await resolver.start?.(told.events);
    for (const n of [1, 2]) {
      await server.down();
      await eventually(() => expect(told.course()).toHaveLength(2 * n - 1));
      expect(told.causes[n - 1]).toMatchObject({ code: 'UNAVAILABLE' });
      expect(told.causes[n - 1]?.message).toMatch(/I\/O error/);
      expect(await serves(resolver, 'on')).toBe(true);
      await expectQuiet(told);
      await server.up();
      await eventually(() => expect(told.course()).toHaveLength(2 * n));
    }
    expect(told.course()).toEqual(['stale', 'ready', 'stale', 'ready']);
  });

  it('passes over a stream that is cut and comes back at once', async () => {
    resolver = resolverOver(init, server, { grace: 2_000 });
    const told = listener();
    await resolver.start?.(told.events);
    server.cut();
    await eventually(() => expect(server.requests).toHaveLength(2));
    await expectQuiet(told, 100);
    expect(told.words).toEqual([]);
    // the next loss has the whole of the grace again
    server.cut();
    await eventually(() => expect(server.requests).toHaveLength(3));
    await expectQuiet(told, 100);
  });

  it('tells a stream that comes back, but not its flags', async () => {
    resolver = resolverOver(init, server, { grace: 50 });
    const told = listener();
    await resolver.start?.(told.events);
    server.mode = 'hang';
    server.cut();
    await eventually(() => expect(told.words).toEqual(['stale']));
    server.mode = 'serve';
    server.cut();
    await eventually(() => expect(told.words).toEqual(['stale', 'ready']));
  });

  it('tells a service that answers 503 as stale, and goes on', async () => {
    resolver = resolverOver(init, server);
    const told = listener();
    await resolver.start?.(told.events);
    server.mode = 503;
    server.cut();
    await eventually(() => expect(told.words).toEqual(['stale']));
    expect(told.causes[0]).toMatchObject({ code: 'UNAVAILABLE' });
    server.mode = 'serve';
    await eventually(() => expect(told.words).toEqual(['stale', 'ready']));
  });

  it('tells flags that cannot be read as stale, until they can', async () => {
    resolver = resolverOver(init, server);
    const told = listener();
    await resolver.start?.(told.events);
    server.send('put', '{"path":"/","data":{');
    await eventually(() => expect(told.words).toEqual(['stale']));
    expect(told.causes[0]).toMatchObject({ code: 'PARSE_ERROR' });
    expect(await serves(resolver, 'on')).toBe(true);
    await expectQuiet(told);
    server.put();
    await eventually(() => expect(told.words).toEqual(['stale', 'ready']));
  });

  it('tells what changed, together, once the new values are served', async () => {
    resolver = resolverOver(init, server);
    const told = listener();
    const seen: Promise<boolean>[] = [];
    await resolver.start?.({
      ...told.events,
      changed: (flags) => {
        told.events.changed(flags);
        seen.push(serves(resolver!, 'other'));
      },
    });
    server.patch(wireFlag('other', true, { version: 2 }));
    await eventually(() => expect(told.changed).toEqual([['other']]));
    expect(await seen[0]).toBe(true);
    server.flags.set('new', wireFlag('new', true));
    server.flags.set('on', wireFlag('on', false, { version: 2 }));
    server.put();
    await eventually(() => expect(told.words).toEqual(['changed other', 'changed new on']));
    expect(resolver.keys?.()).toEqual(['on', 'other', 'new']);
    server.remove('new');
    await eventually(() => expect(told.changed[2]).toEqual(['new']));
    // flags are listed once a second at most
    await eventually(() => expect(resolver?.keys?.()).toEqual(['on', 'other']));
    expect(await resolver.resolve('boolean', 'new', false, { targetingKey: 'a' })).toMatchObject({
      value: false,
      errorCode: 'FLAG_NOT_FOUND',
    });
  });

  it('tells what changed during an outage', async () => {
    resolver = resolverOver(init, server);
    const told = listener();
    await resolver.start?.(told.events);
    await server.down();
    await eventually(() => expect(told.words).toEqual(['stale']));
    server.flags.set('other', wireFlag('other', true, { version: 2 }));
    await server.up();
    await eventually(() => expect(told.words).toHaveLength(3));
    expect([...told.words].sort()).toEqual(['changed other', 'ready', 'stale']);
  });

  it('rejects a start without the service once, and tells ready when it is there', async () => {
    await server.down();
    resolver = resolverOver(init, server, { startTimeout: 200 });
    const told = listener();
    const thrown = await thrownBy(resolver.start?.(told.events));
    expect(thrown).toMatchObject({ name: 'FlagError', code: 'UNAVAILABLE' });
    expect(thrown.message).toMatch(/within 200 ms.*I\/O error/);
    expect(await resolver.resolve('boolean', 'on', false, { targetingKey: 'a' })).toMatchObject({
      value: false,
      errorCode: 'PROVIDER_NOT_READY',
    });
    await server.up();
    await eventually(() => expect(told.words).toEqual(['ready']));
    expect(await serves(resolver, 'on')).toBe(true);
    await expectQuiet(told);
  });

  it('rejects a start whose service hangs', async () => {
    server.mode = 'hang';
    resolver = resolverOver(init, server, { startTimeout: 50 });
    expect(await thrownBy(resolver.start?.(listener().events))).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it.each([401, 403])('rejects a start whose key is refused with %i at once, and shows no key', async (status) => {
    server.mode = status;
    resolver = resolverOver(init, server, { startTimeout: 10_000 });
    const thrown = await thrownBy(resolver.start?.(listener().events));
    expect(thrown).toMatchObject({ code: 'UNAUTHORIZED', message: `LaunchDarkly refused the SDK key (${status})` });
    expect(`${thrown.stack} ${String(thrown.cause)} ${JSON.stringify(thrown)}`).not.toContain(KEY);
    expect(await resolver.resolve('boolean', 'on', false, { targetingKey: 'a' })).toMatchObject({
      errorCode: 'PROVIDER_NOT_READY',
      errorMessage: 'there is no client of LaunchDarkly yet',
    });
  });

  it('gives up on what it asked for wrongly with UNAVAILABLE', async () => {
    server.mode = 404;
    resolver = resolverOver(init, server, { startTimeout: 10_000 });
    const thrown = await thrownBy(resolver.start?.(listener().events));
    expect(thrown).toMatchObject({ code: 'UNAVAILABLE' });
    expect(thrown.message).toContain('404');
  });

  it('ends a start that is under way when it is stopped', async () => {
    server.mode = 'hang';
    resolver = resolverOver(init, server, { startTimeout: 10_000 });
    const starting = thrownBy(resolver.start?.(listener().events));
    await eventually(() => expect(server.requests).toHaveLength(1));
    await resolver.stop?.();
    expect(await starting).toMatchObject({ code: 'NOT_READY' });
    await eventually(() => expect(server.connections()).toBe(0));
  });

  it('stops, more than once, and starts again', async () => {
    resolver = resolverOver(init, server);
    const first = listener();
    await resolver.start?.(first.events);
    await Promise.all([resolver.stop?.(), resolver.stop?.()]);
    await eventually(() => expect(server.connections()).toBe(0));
    expect(resolver.keys?.()).toBeUndefined();
    const second = listener();
    await resolver.start?.(second.events);
    server.patch(wireFlag('other', true, { version: 2 }));
    await eventually(() => expect(second.words).toEqual(['changed other']));
    expect(first.words).toEqual([]);
  });
});
