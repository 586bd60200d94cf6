import { randomUUID } from 'node:crypto';
import type { FlagStore } from '@flagwright/core';
import { migrate, postgresStore } from '@flagwright/sources/postgres';
import { redisStore } from '@flagwright/sources/redis';
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { clusterDefinition } from './cluster.ts';
import { defineGates } from './gates.ts';
import { type ClusteredGates, liveGates } from './live.ts';

// Nodes of a cluster on real backends: they hear of changes by hints, for the next read at the interval is a minute away.

const gate = { owner: '@platform', description: 'What it does.', since: '0.1.0' } as const;

const gatesOf = (warnings: string[] = []) =>
  defineGates(
    { program: 'sunbeam', version: '1.0.0', onWarning: (message) => warnings.push(message) },
    { EventsProxy: { ...gate, stage: 'beta' }, 'storage.ceph': { ...gate, stage: 'alpha' } },
  );

const connectionString = inject('postgresUrl');
const table = `gates_live_${randomUUID().slice(0, 8)}`;
beforeAll(() => migrate({ connectionString, table }));

const closing: { close?(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close?.();
});
function kept<T extends { close?(): Promise<void> }>(one: T): T {
  closing.push(one);
  return one;
}

/** Resolves once a gate is so, which it may be already. */
function until<N extends string>(live: ClusteredGates<N>, name: N, enabled: boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (live.enabled(name) !== enabled) return;
      stop();
      resolve();
    };
    const stop = live.on(look);
    look();
  });
}

describe.each<[string, (project: string) => FlagStore]>([
  ['PostgreSQL', (project) => postgresStore({ connectionString, table, project })],
  ['Redis', (project) => redisStore({ url: inject('redisUrl'), project })],
])('on %s', (_, open) => {
  it('what is set, changed and unset by one is so on all', async () => {
    const project = `gates-live-${randomUUID()}`;
    const writer = kept(open(project));
    await writer.commit([{ key: 'feature.EventsProxy', next: clusterDefinition(false, 'w1', undefined) }]);
    const nodes = [1, 2, 3].map(() => kept(liveGates(gatesOf(), open(project), { refreshInterval: 60_000 })));
    for (const node of nodes) await node.ready();
    expect(nodes.map((node) => node.enabled('EventsProxy'))).toEqual([false, false, false]);
    const all = (name: 'EventsProxy' | 'storage.ceph', enabled: boolean) =>
      Promise.all(nodes.map((node) => until(node, name, enabled)));
    await writer.commit([{ key: 'feature.storage.ceph', next: clusterDefinition(true, 'w2', undefined) }]);
    await all('storage.ceph', true);
    await writer.commit([{ key: 'feature.storage.ceph', next: clusterDefinition(undefined, 'w3', undefined) }]);
    await all('storage.ceph', false);
    await writer.commit([{ key: 'feature.EventsProxy', next: null }]);
    await all('EventsProxy', true);
    expect(nodes.map((node) => node.current.state('EventsProxy').layer)).toEqual(['default', 'default', 'default']);
  });

  it('a cluster that is not there yet leaves the other layers in force, and is followed once it is', async () => {
    const project = `gates-live-${randomUUID()}`;
    const warnings: string[] = [];
    const node = kept(liveGates(gatesOf(warnings), open(project)));
    await expect(node.ready()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(node.enabled('EventsProxy')).toBe(true);
    expect(node.health().status).toBe('starting');
    const writer = kept(open(project));
    await writer.commit([{ key: 'feature.EventsProxy', next: clusterDefinition(false, 'w1', undefined) }]);
    await until(node, 'EventsProxy', false);
    expect(node.health().status).toBe('ready');
    expect(warnings).toEqual([expect.stringContaining('do without the cluster until it is there')]);
  });
});
