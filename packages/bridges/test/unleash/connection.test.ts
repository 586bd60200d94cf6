import { describe, expect, it, vi } from 'vitest';
import { listen } from '../../src/unleash/session.ts';
import { destroy, makeUnleash } from './clients.ts';
import { among, rollout } from './flags.ts';
import type { Mood } from './server.ts';
import { later, listener, resolverOf, serve, started, warnings } from './support.ts';

const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 8_000, interval: 10 });

/** The shortest wait between the client's own three attempts. */
const HASTY = { options: { timeout: 1_000 } };

describe('changes', () => {
  it('are told by key: changed, new, gone, by segment, and by what a flag depends on', async () => {
    const segment = (value: string) => [
      { id: 1, constraints: [{ contextName: 'plan', operator: 'IN', values: [value] }] },
    ];
    const same = { name: 'same' };
    const bySegment = { name: 'segment', strategies: [{ name: 'default', parameters: {}, segments: [1] }] };
    const child = { name: 'child', dependencies: [{ feature: 'parent' }] };
    const parent = (enabled: boolean) => ({ name: 'parent', enabled });
    const { server, resolver, told } = await started(
      [same, bySegment, child, parent(true), { name: 'gone' }],
      {},
      segment('gold'),
    );
    server.set([same, bySegment, child, parent(true), { name: 'gone' }], segment('silver'));
    await eventually(() => expect(told.said).toEqual(['changed segment']));
    expect(resolver.resolve('boolean', 'segment', false, { plan: 'silver' })).toMatchObject({ value: true });
    server.set([bySegment, same, child, parent(false), { name: 'new' }], segment('silver'));
    await eventually(() => expect(told.said[1]).toBe('changed parent new gone child'));
    expect(resolver.keys?.()).toEqual(['segment', 'same', 'child', 'parent', 'new']);
    // another order is another answer of the server, and no change
    server.set([{ name: 'new' }, bySegment, same, child, parent(false)], segment('silver'));
    const { asked } = server;
    await eventually(() => expect(server.asked).toBeGreaterThan(asked + 2));
    expect(told.said).toHaveLength(2);
    expect(server.unchanged).toBeGreaterThan(0);
  });

  it('say what is wrong in them', async () => {
    const { server, told } = await started([{ name: 'flag' }]);
    server.set([{ name: 'flag', strategies: 'all' }]);
    await eventually(() =>
      expect(told.said).toEqual(['changed flag: flag flag: `strategies` is no list of strategies']),
    );
  });

  it('of a flag are told whatever the others are like', async () => {
    warnings();
    const segment = (value: string) => [{ id: 1, constraints: [among('plan', value)] }];
    const flags = (enabled: boolean) => [
      { name: 'segment', strategies: [{ name: 'default', parameters: {}, segments: [1, 2] }] },
      { name: 'plain', enabled },
      { name: 'no-strategy', strategies: [null] },
      { name: 'no-parent', dependencies: [null] },
    ];
    const { server, told } = await started(flags(true), {}, segment('gold'));
    server.set(flags(true), segment('silver'));
    await eventually(() => expect(told.said).toEqual(['changed segment']));
    server.set(flags(false), segment('silver'));
    await eventually(() => expect(told.said).toEqual(['changed segment', 'changed plain']));
  });

  it('of what nobody can ask for are none', async () => {
    const { server, resolver, told } = await started([{ name: 'flag' }, 5, {}, { name: 7 }, { name: 'valueOf' }]);
    expect(resolver.keys?.()).toEqual(['flag']);
    expect([...(await resolver.all?.({}))!.keys()]).toEqual(['flag']);
    expect(resolver.resolve('boolean', '7', false, {})).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' });
    server.set([{ name: 'flag', enabled: false }, 6]);
    await eventually(() => expect(told.said).toEqual(['changed flag']));
  });

  it('come as differences, if the client asks for those', async () => {
    const { server, resolver, told } = await started([{ name: 'a' }, { name: 'b' }], {
      options: { experimentalMode: { type: 'polling', format: 'delta' } },
    });
    server.set([{ name: 'a', enabled: false }]);
    await eventually(() => expect(told.said).toEqual(['changed a b']));
    expect(resolver.keys?.()).toEqual(['a']);
    expect(resolver.resolve('boolean', 'a', true, {})).toMatchObject({ value: false, reason: 'DISABLED' });
  });
});

describe('an outage', () => {
  const moods: readonly Mood[] = ['away', 503, 429, 404, 400, 'not-json'];

  // together, as some are known only after the client has tried three times
  it(`by ${moods.join(', ')} is told once, and its end; and a host that is not there, by its code`, async () => {
    const check = async (mood: Mood): Promise<void> => {
      const { server, resolver, told } = await started([{ name: 'flag' }], HASTY);
      await server.turn(mood);
      const code = mood === 'not-json' ? 'PARSE_ERROR' : 'UNAVAILABLE';
      await eventually(() => expect(told.said, String(mood)).toEqual([`stale ${code}`]));
      expect(told.causes[0]?.message).toMatch(typeof mood === 'number' ? String(mood) : /ECONN|no JSON/);
      expect(resolver.resolve('boolean', 'flag', false, {})).toMatchObject({ value: true });
      await server.turn('good');
      await eventually(() => expect(told.said, String(mood)).toEqual([`stale ${code}`, 'ready']));
    };
    const checkMissing = async (): Promise<void> => {
      const resolver = resolverOf({ url: 'http://user:secret@127.0.0.1:1/api', ...HASTY });
      const thrown = await resolver.start(listener()).catch((error: unknown) => error);
      const message = 'the Unleash server cannot be reached (ECONNREFUSED)';
      expect(thrown).toMatchObject({ code: 'UNAVAILABLE', message });
      expect(thrown).not.toHaveProperty('cause');
    };
    await Promise.all([...moods.map(check), checkMissing()]);
  });

  it('by an answer that is no list of flags is over with the next good one, be it the same as before', async () => {
    const { server, resolver, told } = await started([{ name: 'flag' }]);
    await server.turn('no-flags');
    await eventually(() => expect(told.said).toEqual(['stale PARSE_ERROR']));
    expect(JSON.stringify(told.causes.map(({ message, cause }) => [message, String(cause)]))).not.toContain('content');
    const { asked } = server;
    await eventually(() => expect(server.asked).toBeGreaterThan(asked + 3));
    expect(told.said).toEqual(['stale PARSE_ERROR']);
    expect(resolver.resolve('boolean', 'flag', false, {})).toMatchObject({ value: true });
    await server.turn('good');
    await eventually(() => expect(told.said).toEqual(['stale PARSE_ERROR', 'ready']));
  });

  it('by an answer that was taken in by half tells what it changed', async () => {
    const { server, resolver, told } = await started([{ name: 'a' }, { name: 'b' }]);
    server.set([{ name: 'a', enabled: false }, { name: 'c' }], [null]);
    await eventually(() => expect(told.said).toEqual(['changed a c b', 'stale PARSE_ERROR']));
    expect(resolver.keys?.()).toEqual(['a', 'c']);
    server.set([{ name: 'a', enabled: false }, { name: 'c' }]);
    await eventually(() => expect(told.said).toEqual(['changed a c b', 'stale PARSE_ERROR', 'ready']));
  });

  it('at the start is a rejection, and ready once it is over', async () => {
    const server = await serve([{ name: 'flag' }]);
    await server.turn('not-json');
    const [resolver, told] = [resolverOf({ url: server.url }), listener()];
    await expect(resolver.start(told)).rejects.toMatchObject({ code: 'PARSE_ERROR' });
    expect(told.said).toEqual([]);
    await server.turn(400);
    await eventually(() => expect(told.said).toEqual(['error UNAVAILABLE']));
    expect(resolver.resolve('boolean', 'flag', false, {})).toMatchObject({ errorCode: 'PROVIDER_NOT_READY' });
    await server.turn('good');
    await eventually(() => expect(told.said).toEqual(['error UNAVAILABLE', 'ready']));
    expect(resolver.resolve('boolean', 'flag', false, {})).toMatchObject({ value: true });
  });

  it.each(['no-flags', 'null-flag'] as const)('by %s at the start is over with the first good answer', async (mood) => {
    const server = await serve([{ name: 'flag' }]);
    if (mood === 'null-flag') server.set([null]);
    else await server.turn(mood);
    const [resolver, told] = [resolverOf({ url: server.url }), listener()];
    await expect(resolver.start(told)).rejects.toMatchObject({ code: 'PARSE_ERROR' });
    server.set([{ name: 'flag' }]);
    await server.turn('good');
    await eventually(() => expect(told.said).toEqual(['ready']));
    expect(resolver.resolve('boolean', 'flag', false, {})).toMatchObject({ value: true });
  });
});

describe('a refusal', () => {
  it.each([401, 403])('by %i at the start is UNAUTHORIZED at once', async (status) => {
    const server = await serve();
    await server.turn(status);
    const resolver = resolverOf({ url: server.url, token: 'default:production.secret' });
    const thrown = await resolver.start(listener()).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(String((thrown as Error).stack)).not.toMatch(/secret|127\.0\.0\.1/);
    expect(server.headers.authorization).toBe('default:production.secret');
  });

  it('stops the client, so its own is asked to go on: slowly, until it works', async () => {
    const server = await serve([{ name: 'flag' }]);
    await server.turn(401);
    const client = makeUnleash({ url: server.url, disableAutoStart: true, disableMetrics: true });
    later(() => destroy(client));
    const [told, refusals]: [ReturnType<typeof listener>, number[]] = [listener(), []];
    const session = listen(client, told, {
      own: true,
      startTimeout: 5_000,
      onNotice: () => undefined,
      delay: (refused, { code }) => refusals.push(code === 'UNAUTHORIZED' ? refused : -1) && 30,
    });
    later(() => session.end());
    await expect(session.started).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await eventually(() => expect(refusals.slice(0, 3)).toEqual([1, 2, 3]));
    await server.turn('good');
    await eventually(() => expect(told.said).toEqual(['ready']));
    server.set([{ name: 'flag', enabled: false }]);
    await eventually(() => expect(told.said).toEqual(['ready', 'changed flag']));
    await server.turn(403);
    await eventually(() => expect(told.said.at(-1)).toBe('stale UNAUTHORIZED'));
    expect(refusals.at(-1)).toBeLessThanOrEqual(2);
    await server.turn('good');
    await eventually(() => expect(told.said.at(-1)).toBe('ready'));
  });

  it('is told again if the server was only away before', async () => {
    const { server, told } = await started([{ name: 'flag' }]);
    await server.turn(400);
    await eventually(() => expect(told.said).toEqual(['stale UNAVAILABLE']));
    await server.turn(401);
    await eventually(() => expect(told.said).toEqual(['stale UNAVAILABLE', 'stale UNAUTHORIZED']));
  });
});

describe('a client that the caller made', () => {
  it('may be running already, and runs on', async () => {
    const server = await serve([{ name: 'flag' }]);
    const client = makeUnleash({ url: server.url });
    later(() => destroy(client));
    await eventually(() => expect(client.isSynchronized()).toBe(true));
    const before = client.eventNames().map((event) => [event, client.listenerCount(event)]);
    const [resolver, told] = [resolverOf({ client }), listener()];
    for (let i = 0; i < 2; i++) {
      await resolver.start(told);
      expect(resolver.resolve('boolean', 'flag', false, {})).toMatchObject({ value: true });
      await resolver.stop();
    }
    expect(client.eventNames().map((event) => [event, client.listenerCount(event)])).toEqual(before);
    const { asked } = server;
    await eventually(() => expect(server.asked).toBeGreaterThan(asked + 1));
    expect(told.said).toEqual([]);
  });

  it('that was refused says that it stopped, as the caller must see to it', async () => {
    const server = await serve([{ name: 'flag' }]);
    const client = makeUnleash({ url: server.url });
    later(() => destroy(client));
    const warned = warnings();
    const [resolver, told] = [resolverOf({ client }), listener()];
    await resolver.start(told);
    await server.turn(401);
    await eventually(() => expect(told.said).toEqual(['stale UNAUTHORIZED']));
    expect(warned).toEqual([expect.stringContaining('asks the server no more')]);
    const { asked } = server;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(server.asked).toBe(asked);
  });
});

it('a flag of an unusual name is nobody else', async () => {
  const { resolver } = await started([
    { name: 'constructor' },
    { name: '__proto__' },
    { name: 'a/b c', strategies: [rollout(100)] },
  ]);
  for (const key of ['constructor', '__proto__', 'toString', 'missing']) {
    expect(resolver.resolve('boolean', key, true, {})).toMatchObject({ value: true, errorCode: 'FLAG_NOT_FOUND' });
    expect(resolver.resolve('string', key, '', {})).toMatchObject({ value: '', errorCode: 'FLAG_NOT_FOUND' });
  }
  expect(resolver.resolve('boolean', 'a/b c', false, {})).toMatchObject({ value: true });
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(Object.keys(Object)).toEqual([]);
});

it('warnings of the client that matter are told once', async () => {
  const warned = warnings();
  const { server, resolver, told } = await started([{ name: 'flag' }], { options: { metricsInterval: 20 } });
  server.metricsMood = 401;
  resolver.resolve('boolean', 'flag', false, {});
  await eventually(() => expect(warned).toEqual([expect.stringContaining('metrics were refused (401)')]));
  expect(told.said).toEqual([]);
});
