import type { Resolver } from '@flagwright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyList } from '../../src/launchdarkly/keys.ts';
import { type StreamServer, streamServer, type WireFlag, wireFlag } from './stream-server.ts';
import { ANN, eventually, KEY, listener, quick, resolverOver, serves, VERSIONS } from './support.ts';

// A flag that cannot be evaluated is one that its client throws at. An error outside of any call fails the run.

const RULE = { variation: 0, clauses: [{ attribute: 'plan', op: 'in', values: ['pro'], contextKind: 'user' }] };
const broken = (key: string, more: object = {}): WireFlag => wireFlag(key, 0, { variations: undefined, ...more });

const FLAGS = [
  wireFlag('good', true),
  broken('broken'),
  broken('many-rules', { rules: Array.from({ length: 60 }, () => RULE) }),
  wireFlag('needs', true, { prerequisites: [{ key: 'broken', variation: 0 }] }),
  broken('off', { on: false }),
];

let server: StreamServer;
let resolver: Resolver;

beforeEach(async () => {
  server = await streamServer(FLAGS);
});
afterEach(async () => {
  await resolver?.stop?.();
  await server.close();
});

describe.each(VERSIONS)('flags that cannot be evaluated, %s', (version, init) => {
  it('are among the keys, and hinder no change', async () => {
    resolver = resolverOver(init, server);
    const told = listener();
    await resolver.start?.(told.events);
    expect([...resolver.keys!()!].sort()).toEqual(FLAGS.map(({ key }) => key).sort());
    server.patch(broken('later'));
    await eventually(() => expect(told.words).toEqual(['changed later']));
    server.patch(wireFlag('good', false, { version: 2 }));
    await eventually(() => expect(told.words).toEqual(['changed later', 'changed good']));
    expect(await serves(resolver, 'good')).toBe(false);
    expect(resolver.keys?.()).toContain('later');
  });

  it('are told as failed by a list, where the client can list', async () => {
    resolver = resolverOver(init, server);
    await resolver.start?.(listener().events);
    const listing = resolver.all!(ANN);
    if (version === 'version 7') {
      await expect(listing).rejects.toMatchObject({ name: 'FlagError', code: 'PARSE_ERROR' });
      return;
    }
    const all = await listing;
    expect([...all.keys()].sort()).toEqual(FLAGS.map(({ key }) => key).sort());
    expect(all.get('good')).toMatchObject({ value: true });
    expect(all.get('off')).toMatchObject({ reason: 'DISABLED' });
    for (const key of ['broken', 'needs', 'many-rules']) {
      expect(all.get(key)).toMatchObject({ value: undefined, errorCode: 'GENERAL' });
    }
    expect(all.get('broken')).toStrictEqual({
      ...(await resolver.resolve('boolean', 'broken', false, ANN)),
      value: undefined,
    });
  });
});

it('flags that came in anew are told from those that were there, in version 9', async () => {
  const [, init] = VERSIONS[0]!;
  const client = init(KEY, { ...quick(server), logger: { debug() {}, info() {}, warn() {}, error() {} } });
  const list = keyList();
  try {
    await client.waitForInitialization({ timeout: 5 });
    expect(await list.read(client)).toBe(true);
    expect(await list.read(client)).toBe(false);
    server.put();
    await eventually(async () => expect(await list.read(client)).toBe(true));
  } finally {
    list.end();
    client.close();
  }
});
