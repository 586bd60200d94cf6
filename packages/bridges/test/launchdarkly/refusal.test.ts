import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Connection, connect, type Terms } from '../../src/launchdarkly/connection.ts';
import { type LDClient, launchDarklyResolver } from '../../src/launchdarkly/index.ts';
import { type StreamServer, streamServer, wireFlag } from './stream-server.ts';
import { ANN, eventually, expectQuiet, KEY, listener, quick, VERSIONS } from './support.ts';

const TERMS: Terms = { startTimeout: 5_000, grace: 5_000, flushTimeout: 100, logger: undefined, delay: () => 20 };

let server: StreamServer;
let connection: Connection | undefined;

beforeEach(async () => {
  server = await streamServer([wireFlag('on', true), wireFlag('old', true)]);
});

afterEach(async () => {
  await connection?.end();
  connection = undefined;
  await server.close();
});

describe.each(VERSIONS)('a key that is refused, %s', (_version, init) => {
  it('is tried again with another client, if it is refused at the start', async () => {
    server.mode = 401;
    const told = listener();
    const made: LDClient[] = [];
    connection = connect(
      (given) => {
        made.push(init(KEY, { ...quick(server), ...given }));
        return made.at(-1)!;
      },
      TERMS,
      told.events,
    );
    await expect(connection.started).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await eventually(() => expect(made.length).toBeGreaterThan(2));
    expect(told.words).toEqual([]);
    server.mode = 'serve';
    await eventually(() => expect(told.words).toEqual(['ready']));
    await expectQuiet(told);
    expect(await connection.client()?.variationDetail('on', { kind: 'user', key: 'a' }, false)).toMatchObject({
      value: true,
    });
    const count = made.length;
    await expectQuiet(told);
    expect(made).toHaveLength(count);
    expect(server.connections()).toBe(1);
  });

  it('leaves the last answers standing, and another client takes their place', async () => {
    const told = listener();
    connection = connect((given) => init(KEY, { ...quick(server), ...given }), TERMS, told.events);
    await connection.started;
    const first = connection.client();
    server.mode = 403;
    server.cut();
    await eventually(() => expect(told.words).toEqual(['stale']));
    expect(told.causes[0]).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(connection.client()).toBe(first);
    expect(await first?.variationDetail('on', { kind: 'user', key: 'a' }, false)).toMatchObject({ value: true });
    server.flags.delete('old');
    server.flags.set('new', wireFlag('new', true));
    server.mode = 'serve';
    await eventually(() => expect(told.words).toEqual(['stale', 'changed new old on', 'ready']));
    expect(connection.client()).not.toBe(first);
    expect([...connection.keys()!].sort()).toEqual(['new', 'on']);
    // and it is listened to
    server.patch(wireFlag('on', false, { version: 2 }));
    await eventually(() => expect(told.changed.at(-1)).toEqual(['on']));
    server.mode = 503;
    server.cut();
    await eventually(() => expect(told.course()).toEqual(['stale', 'ready', 'stale']));
  });

  it('is told of a client that is given, at the start, before it, and later', async () => {
    const quiet = { debug() {}, info() {}, warn() {}, error() {} };
    server.mode = 401;
    const refused = init(KEY, { ...quick(server), logger: quiet });
    try {
      for (const _ of ['at the start', 'before']) {
        const resolver = launchDarklyResolver({ client: refused });
        await expect(resolver.start?.(listener().events)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
        await resolver.stop?.();
      }
    } finally {
      refused.close();
    }
    server.mode = 'serve';
    const client = init(KEY, { ...quick(server), logger: quiet });
    try {
      const resolver = launchDarklyResolver({ client, flushTimeout: 100 });
      const told = listener();
      await resolver.start?.(told.events);
      server.mode = 401;
      server.cut();
      await eventually(() => expect(told.words).toEqual(['stale']));
      expect(await resolver.resolve('boolean', 'on', false, ANN)).toMatchObject({ value: true });
      await resolver.stop?.();
    } finally {
      client.close();
    }
  });

  it('is told apart from a failure that is over, of a client that is given', async () => {
    const flags = new Map(server.flags);
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    // what cannot be read fails the start of a client, for ever as it says
    server.mode = 'garbage';
    const client = init(KEY, { ...quick(server), logger });
    client.on('error', () => undefined);
    try {
      const resolver = launchDarklyResolver({ client, startTimeout: 100, flushTimeout: 50 });
      await expect(resolver.start?.(listener().events)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await resolver.stop?.();
      server.mode = 'serve';
      server.cut();
      await eventually(() => expect(client.initialized()).toBe(true));
      const told = listener();
      await resolver.start?.(told.events);
      expect([...resolver.keys!()!].sort()).toEqual([...flags.keys()].sort());
      server.patch(wireFlag('on', false, { version: 2 }));
      await eventually(() => expect(told.words).toEqual(['changed on']));
      await resolver.stop?.();
    } finally {
      client.close();
    }
  });

  it('is tried again if no client could be made', async () => {
    const told = listener();
    let vault = 0;
    connection = connect(
      async (given) => {
        vault++;
        if (vault < 3) throw new Error('the vault is closed');
        return init(KEY, { ...quick(server), ...given });
      },
      TERMS,
      told.events,
    );
    await expect(connection.started).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'the vault is closed' });
    await eventually(() => expect(told.words).toEqual(['ready']));
  });

  it('closes a client that is made too late', async () => {
    let give!: (client: LDClient) => void;
    connection = connect(
      () =>
        new Promise((resolve) => {
          give = resolve;
        }),
      TERMS,
      listener().events,
    );
    const ended = expect(connection.started).rejects.toMatchObject({ code: 'NOT_READY' });
    await connection.end();
    await ended;
    const client = init(KEY, { ...quick(server), logger: { debug() {}, info() {}, warn() {}, error() {} } });
    const close = client.close.bind(client);
    let closed = 0;
    client.close = () => {
      closed++;
      close();
    };
    give(client);
    await eventually(() => expect(closed).toBe(1));
  });
});
