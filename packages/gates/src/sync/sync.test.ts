import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile, FlagError, type FlagStore } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { until } from '@flagwright/test-servers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faulty, gatesOf, type TestNode, type TestNodes, testNodes } from '../../test/sync/nodes.ts';
import { clusterDefinition, clusterGates } from '../cluster.ts';
import { defineGates } from '../gates.ts';
import {
  baselineFile,
  formatSyncEvent,
  gateFile,
  type LocalGates,
  pushOnce,
  type SyncEvent,
  syncGates,
} from './index.ts';

let all: TestNodes;
let store: FlagStore;

beforeEach(async () => {
  all = await testNodes();
  store = memoryStore();
});

afterEach(() => all.end());

/** Three nodes in step, of which the first began. */
async function three(text = 'features: {}\n'): Promise<readonly [TestNode, TestNode, TestNode]> {
  const nodes: TestNode[] = [];
  for (const name of ['one', 'two', 'three']) {
    const node = await all.node(name, {
      store,
      bootstrap: nodes.length === 0,
      text: nodes.length === 0 ? text : 'features: {}\n',
    });
    await node.start().ready();
    nodes.push(node);
  }
  return nodes as unknown as readonly [TestNode, TestNode, TestNode];
}

/** Another writer of gates, as an administrator or a newer program. */
async function direct(name: string, value: boolean | undefined): Promise<void> {
  const gate = clusterGates(compile(await store.read())).gates.get(name);
  const next = clusterDefinition(value, `direct-${Math.random()}`, gate);
  await store.commit([{ key: `feature.${name}`, next }]);
}

/** Waits until the store has these gates. */
async function reaches(gates: Readonly<Record<string, boolean | undefined>>): Promise<void> {
  const wanted = JSON.stringify(Object.entries(gates));
  await until(
    `the store to have ${wanted}`,
    async () => JSON.stringify(Object.entries(await gatesOf(store))) === wanted,
  );
}

const types = (node: TestNode): readonly string[] => node.events.map(({ type }) => type);

describe('between nodes', () => {
  it.each([0, 1, 2])('what is set on node %i reaches all', async (i) => {
    const nodes = await three();
    await nodes[i]!.set({ multi: true });
    for (const node of nodes) await node.has({ multi: true });
    expect(await gatesOf(store)).toEqual({ multi: true });
  });

  it('nested storage keys reach all', async () => {
    const nodes = await three();
    await nodes[1].write('feature:\n  storage:\n    ceph: true\n    nfs: "false"\n');
    for (const node of nodes) await node.has({ 'storage.ceph': true, 'storage.nfs': false });
    expect([...compile(await store.read()).flags.keys()].sort()).toEqual([
      'feature.storage.ceph',
      'feature.storage.nfs',
    ]);
    await nodes[2].set({ 'storage.ceph': false });
    for (const node of nodes) await node.has({ 'storage.ceph': false, 'storage.nfs': false });
    expect(await nodes[1].text()).toBe('feature:\n  storage:\n    ceph: false\n    nfs: "false"\n');
  });

  it('what is unset reaches all, and leaves a tombstone', async () => {
    const nodes = await three('features:\n  a: true\n  b: true\n');
    for (const node of nodes) await node.has({ a: true, b: true });
    await nodes[2].set({ a: undefined });
    for (const node of nodes) await node.has({ b: true });
    expect(await gatesOf(store)).toEqual({ a: undefined, b: true });
  });

  it('"false" is false', async () => {
    const nodes = await three();
    await nodes[0].write('features:\n  a: "false"\n  b: "0"\n  c: "T"\n  d: null\n');
    for (const node of nodes) await node.has({ a: false, b: false, c: true });
  });

  it('one set is one commit and one write for each other node, and then there is rest', async () => {
    const counted = faulty(store);
    store = counted;
    const nodes = await three();
    const commits = counted.commits;
    await nodes[0].set({ a: true });
    for (const node of nodes) await node.has({ a: true });
    for (let round = 0; round < 3; round++) for (const node of nodes) await node.sync.forceSync();
    expect(counted.commits).toBe(commits + 1);
    expect(nodes.map((node) => node.sync.health().pushed)).toEqual([1, 0, 0]);
    expect(nodes.map((node) => node.sync.health().pulled)).toEqual([0, 1, 1]);
  });

  it('a node with old values that changes another gate reverts nothing', async () => {
    const nodes = await three('features:\n  a: false\n');
    for (const node of nodes) await node.has({ a: false });
    await nodes[0].stop();
    await nodes[1].set({ a: true });
    await nodes[2].has({ a: true });
    await nodes[0].set({ b: true });
    expect(await nodes[0].gates()).toEqual({ a: false, b: true });
    nodes[0].start();
    for (const node of nodes) await node.has({ a: true, b: true });
  });

  it('if two change one gate, the last that reaches the cluster wins, and that is told with both values', async () => {
    const nodes = await three('features:\n  a: true\n');
    for (const node of nodes) await node.has({ a: true });
    await nodes[0].stop();
    await nodes[0].set({ a: undefined });
    await nodes[1].set({ a: false });
    await nodes[2].has({ a: false });
    nodes[0].start();
    for (const node of nodes) await node.has({});
    expect(nodes[0].events).toContainEqual({
      type: 'conflict',
      gate: 'a',
      local: undefined,
      cluster: false,
      kept: 'local',
      uncertain: false,
    });
    expect(nodes[0].sync.health().conflicts).toBe(1);
  });

  it('gates that no program here knows pass through', async () => {
    const declared = { stage: 'alpha', owner: '@x', description: 'Something.', since: '1.0' } as const;
    const gates = defineGates({ program: 'p', version: '1.2.3' }, { known: declared });
    const node = await all.node('one', {
      store,
      bootstrap: true,
      gates,
      text: 'features:\n  known: true\n  newer: true\n',
    });
    await node.start().ready();
    expect(await gatesOf(store)).toEqual({ known: true, newer: true });
    expect(node.sync.health().undeclared).toEqual(['newer']);
  });
});

describe('spellings', () => {
  it('a doubled prefix is one too many: feature.feature.x', async () => {
    const nodes = await three();
    await nodes[0].write('features:\n  feature.feature.x: true\n');
    await nodes[1].has({ x: true });
    expect([...compile(await store.read()).flags.keys()]).toEqual(['feature.x']);
    expect(await nodes[1].text()).toBe('features:\n  x: true\n');
    await nodes[1].set({ x: false });
    await nodes[0].has({ x: false });
    expect(await nodes[0].text()).toBe('features:\n  feature.feature.x: false\n');
  });

  it('a doubled prefix in the store is read, and written right', async () => {
    await store.commit([{ key: 'feature.feature.x', next: { type: 'bool', default: true } }]);
    const node = await all.node('one', { store, text: 'features: {}\n' });
    await node.start().ready();
    await node.has({ x: true });
    await node.set({ x: false });
    await until('the store to have it', async () => (await gatesOf(store)).x === false);
    expect([...compile(await store.read()).flags.keys()].sort()).toEqual(['feature.feature.x', 'feature.x']);
    await node.sync.forceSync();
    expect(await node.gates()).toEqual({ x: false });
    expect(node.sync.health().strange).toMatchObject([{ key: 'feature.feature.x' }]);
  });

  it('whatever is no gate is left alone, and told', async () => {
    const others = {
      'feature.text': { type: 'string', default: 'on' },
      'feature.bad name': { type: 'bool', default: true },
      'feature.': { type: 'bool', default: true },
      features: { type: 'bool', default: true },
      other: { type: 'bool', default: true },
    };
    await store.commit(Object.entries(others).map(([key, next]) => ({ key, next })));
    const node = await all.node('one', {
      store,
      bootstrap: true,
      text: 'features:\n  text: true\n  "no name": true\n  a: true\n',
    });
    await node.start().ready();
    expect(await gatesOf(store)).toEqual({ a: true });
    expect(await node.gates()).toEqual({ a: true, 'no name': true, text: true });
    expect(
      node.sync
        .health()
        .strange.map(({ key }) => key)
        .sort(),
    ).toEqual(['feature.', 'feature.bad name', 'feature.text', `no name in ${node.path}`]);
    const { document } = await store.read();
    for (const [key, next] of Object.entries(others)) {
      expect((document.flags as ReadonlyMap<string, unknown>).get(key)).toEqual(next);
    }
  });
});

describe('local gates that are no file', () => {
  it('are true or false; anything else is told, and left alone on both sides', async () => {
    await direct('b', true);
    await direct('c', false);
    const set = new Map<unknown, unknown>([
      ['a', true],
      ['b', true],
      ['c', false],
    ]);
    const written: unknown[] = [];
    const local = {
      name: 'settings',
      read: async () => new Map(set),
      write: async (changes: ReadonlyMap<string, unknown>) => {
        for (const [name, value] of changes) {
          written.push([name, value]);
          if (value === undefined) set.delete(name);
          else set.set(name, value);
        }
      },
    } as LocalGates;
    const node = await all.node('one', { store, baseline: join(all.folder, 'settings.json') });
    await node.start({ local }).ready();
    await node.sync.forceSync();
    set.set('a', 'false').set('b', 1).set('c', null).set('d', 'true').set(5, true);
    await direct('b', false);
    await node.sync.forceSync();
    expect(await gatesOf(store)).toEqual({ a: true, b: false, c: undefined });
    expect(written).toEqual([]);
    expect(node.sync.health()).toMatchObject({ status: 'in-step', pending: [], held: [] });
    expect(node.sync.health().strange).toEqual([
      { key: 'a in settings', why: 'it is "false"; expected true or false' },
      { key: 'b in settings', why: 'it is 1; expected true or false' },
      { key: 'd in settings', why: 'it is "true"; expected true or false' },
      { key: '5 in settings', why: 'a name is a text' },
    ]);
    // what was in common before is remembered
    set.set('a', true).set('b', true).delete('d');
    await node.sync.forceSync();
    expect(await gatesOf(store)).toEqual({ a: true, b: false, c: undefined });
    expect(set.get('b')).toBe(false);
  });

  it.each([[{ a: true }], [[['a', true]]], ['a']])('that are %j are refused', async (given) => {
    const local = { name: 'settings', read: async () => given, write: async () => undefined } as unknown as LocalGates;
    const node = await all.node('one', { store, baseline: join(all.folder, 'settings.json') });
    await expect(node.start({ local, bootstrap: true }).ready()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('while a sync was down', () => {
  it('a gate was unset elsewhere', async () => {
    const nodes = await three('features:\n  a: true\n  b: true\n');
    for (const node of nodes) await node.has({ a: true, b: true });
    await nodes[2].stop();
    await nodes[0].set({ a: undefined });
    await nodes[1].has({ b: true });
    nodes[2].start();
    await nodes[2].has({ b: true });
    expect(await gatesOf(store)).toEqual({ a: undefined, b: true });
  });

  it('a gate was unset here', async () => {
    const nodes = await three('features:\n  a: true\n  b: true\n');
    for (const node of nodes) await node.has({ a: true, b: true });
    await nodes[2].stop();
    await nodes[2].set({ a: undefined });
    nodes[2].start();
    for (const node of nodes) await node.has({ b: true });
  });

  it('a gate was deleted in the store by somebody who leaves no tombstone', async () => {
    const nodes = await three('features:\n  a: true\n  b: true\n');
    for (const node of nodes) await node.has({ a: true, b: true });
    await nodes[2].stop();
    await store.commit([{ key: 'feature.a', next: null }]);
    nodes[2].start();
    for (const node of nodes) await node.has({ b: true });
  });
});

describe('joining', () => {
  it('takes what the cluster knows, tombstones too, and then gives what it does not know', async () => {
    await direct('a', true);
    await direct('gone', true);
    await direct('gone', undefined);
    const node = await all.node('one', { store, text: 'features:\n  a: false\n  gone: true\n  mine: true\n' });
    await node.start().ready();
    await node.has({ a: true, mine: true });
    expect(await gatesOf(store)).toEqual({ a: true, gone: undefined, mine: true });
    expect(types(node).indexOf('pulled')).toBeLessThan(types(node).indexOf('pushed'));
    expect(node.sync.health()).toMatchObject({ status: 'in-step', joined: true });
  });

  it('gives nothing before it has taken', async () => {
    await direct('a', true);
    const node = await all.node('one', { store, text: 'features:\n  mine: true\n' });
    const local = gateFile(node.path);
    let broken = true;
    const write: typeof local.write = async (changes, was) => {
      if (broken) throw new FlagError('UNAVAILABLE', 'the disk is full');
      return local.write(changes, was);
    };
    await node.start({ local: { ...local, write } }).ready();
    await node.sync.forceSync();
    expect(await gatesOf(store)).toEqual({ a: true });
    expect(node.sync.health()).toMatchObject({ joined: false, pending: ['a'], held: ['mine'] });
    broken = false;
    await node.sync.forceSync();
    expect(await gatesOf(store)).toEqual({ a: true, mine: true });
  });

  it('a node that begins gives its own, once', async () => {
    await direct('a', true);
    const node = await all.node('one', { store, bootstrap: true, text: 'features:\n  a: false\n  mine: true\n' });
    await node.start().ready();
    expect(await gatesOf(store)).toEqual({ a: false, mine: true });
    await node.stop();
    await direct('a', true);
    node.start();
    await node.has({ a: true, mine: true });
  });

  it('a node whose baseline is damaged joins, even if it was to begin, and tells', async () => {
    const node = await all.node('one', { store, bootstrap: true, text: 'features:\n  a: true\n' });
    await node.start().ready();
    await node.stop();
    await direct('a', false);
    await node.set({ mine: true });
    await writeFile(gateFile(node.path).baseline!, '{');
    node.start();
    await node.has({ a: false, mine: true });
    expect(node.events.filter(({ type }) => type === 'damaged')).toHaveLength(1);
  });

  it('a store without such a set gets it from the node that begins, and the others wait for that', async () => {
    let made = false;
    const missing: FlagStore = {
      ...store,
      async read(previous, signal) {
        if (!made) throw new FlagError('NOT_FOUND', 'there is no set');
        return store.read(previous, signal);
      },
      commit(edits) {
        made = true;
        return store.commit(edits);
      },
    };
    const joining = await all.node('two', { store: missing, text: 'features:\n  b: true\n' });
    await expect(joining.start().ready()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('bootstrap: true'),
    });
    const first = await all.node('one', { store: missing, bootstrap: true, text: 'features:\n  a: true\n' });
    await first.start().ready();
    await joining.has({ a: true, b: true });
    await first.has({ a: true, b: true });
  });
});

describe('modes', () => {
  it('push-only gives and does not take, as where another system owns the configuration', async () => {
    const node = await all.node('maas', { store, bootstrap: true, mode: 'push-only', text: 'features:\n  a: true\n' });
    await node.start().ready();
    expect(await gatesOf(store)).toEqual({ a: true });
    await direct('a', false);
    await direct('b', true);
    const report = await node.sync.forceSync();
    expect(report).toMatchObject({ mode: 'push-only', pending: [], held: ['a', 'b'] });
    expect(await node.text()).toBe('features:\n  a: true\n');
    await node.set({ c: true });
    await node.sync.forceSync();
    expect(await gatesOf(store)).toEqual({ a: false, b: true, c: true });
  });

  it('push-only that joins gives what the cluster does not know, and later what is changed', async () => {
    await direct('a', true);
    const node = await all.node('maas', { store, mode: 'push-only', text: 'features:\n  a: false\n  b: true\n' });
    await node.start().ready();
    expect(await gatesOf(store)).toEqual({ a: true, b: true });
    await node.set({ a: undefined });
    await reaches({ a: undefined, b: true });
  });

  it('pull-only takes and does not give', async () => {
    await direct('a', true);
    const node = await all.node('one', { store, mode: 'pull-only', text: 'features:\n  mine: true\n' });
    await node.start().ready();
    await node.has({ a: true, mine: true });
    await node.set({ a: false });
    expect(await node.sync.forceSync()).toMatchObject({ held: ['a', 'mine'], pending: [] });
    expect(await gatesOf(store)).toEqual({ a: true });
    await direct('a', undefined);
    await node.has({ mine: true });
    const conflict = await until('the conflict to be told', () => node.events.find(({ type }) => type === 'conflict'));
    expect(conflict).toMatchObject({ gate: 'a', local: false, cluster: undefined, kept: 'cluster', uncertain: false });
  });

  it('is asked for every round, and nothing means both ways', async () => {
    let mode: 'pull-only' | undefined = 'pull-only';
    const node = await all.node('one', { store, mode: () => mode, text: 'features:\n  a: true\n' });
    await node.start().ready();
    expect(await gatesOf(store)).toEqual({});
    mode = undefined;
    await node.sync.forceSync();
    expect(await gatesOf(store)).toEqual({ a: true });
  });

  it('that cannot be found out stops a round, and nothing else', async () => {
    let broken = true;
    const mode = (): undefined => {
      if (broken) throw new Error('snapd is away');
    };
    const node = await all.node('one', { store, bootstrap: true, mode, text: 'features:\n  a: true\n' });
    await expect(node.start().ready()).rejects.toMatchObject({ message: 'snapd is away' });
    expect(node.sync.health()).toMatchObject({ status: 'failing' });
    broken = false;
    await until('the store to have it', async () => (await gatesOf(store)).a === true);
    await node
      .start({ mode: () => 'both' as 'two-way', baseline: join(all.folder, 'other') })
      .forceSync()
      .catch((error) => expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('when something is away', () => {
  it('a store that is down at start leaves the local gates in force, says so, and is tried again', async () => {
    const down = faulty(store);
    down.away = true;
    const node = await all.node('one', { store: down, bootstrap: true, text: 'features:\n  a: true\n' });
    await expect(node.start().ready()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(node.sync.health()).toMatchObject({ status: 'failing', lastError: { code: 'UNAVAILABLE' } });
    expect(await node.gates()).toEqual({ a: true });
    await expect(node.sync.forceSync()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    down.away = false;
    await node.sync.ready().catch(() => node.sync.ready());
    expect(await gatesOf(store)).toEqual({ a: true });
    expect(types(node).filter((type) => type === 'failed' || type === 'recovered')).toEqual(['failed', 'recovered']);
  });

  it('a store that goes away in the middle loses nothing that is set meanwhile on either side', async () => {
    const own = faulty(store);
    const one = await all.node('one', { store: own, bootstrap: true, text: 'features:\n  a: true\n  b: true\n' });
    const two = await all.node('two', { store, text: 'features: {}\n' });
    await one.start().ready();
    await two.start().ready();
    await two.has({ a: true, b: true });
    own.away = true;
    await one.set({ a: false });
    await two.set({ b: undefined, c: true });
    await until(
      'the sync to notice',
      () => one.sync.health().status === 'pending' || one.sync.health().status === 'failing',
    );
    expect(await one.gates()).toEqual({ a: false, b: true });
    own.away = false;
    await one.has({ a: false, c: true });
    await two.has({ a: false, c: true });
    expect(one.sync.health().conflicts).toBe(0);
  });

  it.each(['lost', 'lost but landed', 'refused'] as const)(
    'a commit whose answer is %s is made once',
    async (fault) => {
      const own = faulty(store);
      const one = await all.node('one', { store: own, bootstrap: true, text: 'features: {}\n' });
      await one.start().ready();
      own.faults.push(fault);
      await one.set({ a: true });
      await until('the store to have it', async () => (await gatesOf(store)).a === true);
      await until('the node to know', () => one.sync.health().status === 'in-step');
      await one.sync.forceSync();
      const { gates } = clusterGates(compile(await store.read()));
      expect(gates.get('a')!.replaced).toEqual([]);
    },
  );

  it('a write that failed here is tried again, without anybody having changed anything', async () => {
    const node = await all.node('one', { store, bootstrap: true, interval: 600_000, text: 'features: {}\n' });
    const local = gateFile(node.path);
    let failing = 3;
    const write: typeof local.write = async (changes, was) => {
      if (failing-- > 0) throw new FlagError('UNAVAILABLE', 'the disk is full');
      return local.write(changes, was);
    };
    await node.start({ local: { ...local, write } }).ready();
    await direct('a', true);
    await until('the failure to show', () => node.sync.health().errors.length > 0);
    expect(node.sync.health()).toMatchObject({
      status: 'pending',
      pending: ['a'],
      errors: [{ gate: 'a', code: 'UNAVAILABLE', message: 'the disk is full' }],
    });
    await node.has({ a: true });
    await until('all to be well', () => node.sync.health().status === 'in-step');
    expect(node.events.filter(({ type }) => type === 'failed')).toHaveLength(1);
  });

  it('one gate that cannot be pushed does not stop the others', async () => {
    const picky: FlagStore = {
      ...store,
      async commit(edits, by) {
        if (edits.some(({ key }) => key === 'feature.bad')) throw new FlagError('INVALID_ARGUMENT', 'not that one');
        return store.commit(edits, by);
      },
    };
    const node = await all.node('one', {
      store: picky,
      bootstrap: true,
      text: 'features:\n  a: true\n  bad: true\n  c: true\n',
    });
    await node.start().ready();
    expect(await gatesOf(store)).toEqual({ a: true, c: true });
    expect(node.sync.health()).toMatchObject({
      status: 'pending',
      pending: ['bad'],
      errors: [{ gate: 'bad', code: 'INVALID_ARGUMENT', attempts: 1 }],
    });
  });

  it('a file that does not parse is never written over, and the last good values stand in the cluster', async () => {
    const nodes = await three('features:\n  a: true\n');
    for (const node of nodes) await node.has({ a: true });
    await nodes[0].write('features:\n  a: [\n');
    await until('the failure to show', () => nodes[0].sync.health().status === 'failing');
    await nodes[1].set({ b: true });
    await nodes[2].has({ a: true, b: true });
    await expect(nodes[0].sync.forceSync()).rejects.toMatchObject({ code: 'PARSE_ERROR' });
    expect(await nodes[0].text()).toBe('features:\n  a: [\n');
    expect(await gatesOf(store)).toEqual({ a: true, b: true });
    await nodes[0].write('features:\n  a: false\n');
    for (const node of nodes) await node.has({ a: false, b: true });
  });

  it.each([
    ['is gone', (path: string) => rm(path)],
    ['was emptied', (path: string) => writeFile(path, '')],
  ])('a file that %s unsets nothing, and is made anew', async (_, away) => {
    const clock = { now: Date.now() };
    const node = await all.node('one', {
      store,
      bootstrap: true,
      clock: () => clock.now,
      text: 'features:\n  a: true\n',
    });
    await node.start().ready();
    await away(node.path);
    await expect(node.sync.forceSync()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await gatesOf(store)).toEqual({ a: true });
    clock.now += 2_000;
    await node.sync.forceSync();
    expect(await node.gates()).toEqual({ a: true });
    expect(types(node)).toContain('rejoining');
  });

  it('a store that was emptied unsets nothing, until somebody shows that it was meant', async () => {
    const node = await all.node('one', { store, bootstrap: true, text: 'features:\n  a: true\n  b: true\n' });
    await node.start().ready();
    await store.commit([
      { key: 'feature.a', next: null },
      { key: 'feature.b', next: null },
    ]);
    await node.set({ c: true });
    await expect(node.sync.forceSync()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('2 of the 2 gates'),
    });
    expect(await node.gates()).toEqual({ a: true, b: true, c: true });
    expect(await gatesOf(store)).toEqual({});
    await direct('a', undefined);
    await expect(node.sync.forceSync()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await direct('b', undefined);
    await node.has({ c: true });
    await reaches({ a: undefined, b: undefined, c: true });
  });

  it('a store that was emptied and given other gates by a node that knows nothing unsets nothing', async () => {
    const nodes = await three('features:\n  a: true\n  b: true\n  c: false\n');
    const before = { a: true, b: true, c: false };
    for (const node of nodes) await node.has(before);
    await store.commit(['a', 'b', 'c'].map((name) => ({ key: `feature.${name}`, next: null })));
    const fresh = await all.node('fresh', { store, text: 'features:\n  mine: true\n' });
    await fresh.start().ready();
    await fresh.sync.forceSync();
    expect(await gatesOf(store)).toEqual({ mine: true });
    for (const node of nodes) {
      await expect(node.sync.forceSync()).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await node.gates()).toEqual(before);
    }
    await nodes[0].stop();
    await rm(gateFile(nodes[0].path).baseline!);
    await nodes[0].start({ bootstrap: true }).ready();
    for (const node of [...nodes, fresh]) await node.has({ ...before, mine: true });
  });

  it('a store that is filled again in parts unsets nothing meanwhile', async () => {
    const names = Array.from({ length: 150 }, (_, i) => `g${i}`);
    const gates = Object.fromEntries(names.map((name) => [name, true]));
    const nodes = await three(`features: ${JSON.stringify(gates)}\n`);
    for (const node of nodes) await node.has(gates);
    await nodes[0].stop();
    await store.commit(names.map((name) => ({ key: `feature.${name}`, next: null })));
    await expect(nodes[1].sync.forceSync()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // a store that takes no more than a few at once
    const small: FlagStore = {
      ...store,
      async commit(edits, by) {
        if (edits.length > 1) throw new FlagError('TOO_LARGE', 'too many');
        const revision = await store.commit(edits, by);
        for (const node of nodes.slice(1)) await node.sync.forceSync().catch(() => undefined);
        return revision;
      },
    };
    await rm(gateFile(nodes[0].path).baseline!);
    await nodes[0].start({ store: small, bootstrap: true }).ready();
    for (const node of nodes) await node.has(gates);
    expect(nodes.slice(1).flatMap(({ events }) => events.filter((one) => one.type === 'pulled' && !one.now))).toEqual(
      [],
    );
  });

  it('a store that was emptied is filled again by a node that begins anew', async () => {
    const node = await all.node('one', { store, bootstrap: true, text: 'features:\n  a: true\n' });
    await node.start().ready();
    await node.stop();
    await store.commit([{ key: 'feature.a', next: null }]);
    await rm(gateFile(node.path).baseline!);
    await node.start().ready();
    expect(await gatesOf(store)).toEqual({ a: true });
  });

  it('a file that comes back in time is what it was', async () => {
    const node = await all.node('one', { store, bootstrap: true, text: 'features:\n  a: true\n' });
    await node.start().ready();
    await rename(node.path, `${node.path}.old`);
    await expect(node.sync.forceSync()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await node.write('features:\n  b: true\n');
    await reaches({ a: undefined, b: true });
  });

  it('a file that is half written unsets nothing, if the rest comes in time; what it sets counts at once', async () => {
    const clock = { now: Date.now() };
    const node = await all.node('one', { store, bootstrap: true, text: 'features:\n  a: true\n  b: false\n' });
    await node.start({ clock: () => clock.now, debounce: 60_000, interval: 60_000 }).ready();
    await node.write('features:\n  new: true\n  a: true\n');
    expect(await node.sync.forceSync()).toMatchObject({ pending: ['b'], settling: 2_000 });
    expect(await gatesOf(store)).toEqual({ a: true, b: false, new: true });
    expect(node.sync.health()).toMatchObject({ status: 'pending', pending: ['b'], errors: [] });
    clock.now += 1_999;
    expect(await node.sync.forceSync()).toMatchObject({ pending: ['b'], settling: 1 });
    // it goes on
    await node.write('features:\n  new: true\n');
    clock.now += 1_999;
    expect(await node.sync.forceSync()).toMatchObject({ pending: ['a', 'b'], settling: 2_000 });
    await node.write('features:\n  new: true\n  a: true\n  b: false\n');
    expect(await node.sync.forceSync()).toMatchObject({ pending: [], settling: undefined });
    expect(await gatesOf(store)).toEqual({ a: true, b: false, new: true });
    await node.write('features:\n  new: true\n  b: false\n');
    await node.sync.forceSync();
    clock.now += 2_000;
    expect(await node.sync.forceSync()).toMatchObject({ pending: [], settling: undefined });
    expect(await gatesOf(store)).toEqual({ a: undefined, b: false, new: true });
  });

  it('a file whose writers replace it as a whole may say so', async () => {
    const node = await all.node('one', { store, bootstrap: true, text: 'features:\n  a: true\n' });
    await node.start({ local: gateFile(node.path, { settle: 0 }) }).ready();
    await node.set({ a: undefined });
    await node.sync.forceSync();
    expect(await gatesOf(store)).toEqual({ a: undefined });
  });

  it('a baseline that cannot be written stops everything, for what was done could not be remembered', async () => {
    const node = await all.node('one', { store, bootstrap: true, text: 'features:\n  a: true\n' });
    const real = baselineFile(join(all.folder, 'baseline'));
    let full = true;
    const baseline = {
      ...real,
      save: (memory: Parameters<typeof real.save>[0]) => {
        if (full) throw new FlagError('UNAVAILABLE', 'the disk is full');
        return real.save(memory);
      },
    };
    await expect(node.start({ baseline }).ready()).rejects.toMatchObject({ message: 'the disk is full' });
    expect(await gatesOf(store)).toEqual({});
    full = false;
    await until('the store to have it', async () => (await gatesOf(store)).a === true);
  });

  it('a definition that breaks is left alone on both sides', async () => {
    const nodes = await three('features:\n  a: true\n');
    for (const node of nodes) await node.has({ a: true });
    await store.commit([{ key: 'feature.a', next: { type: 'bool', default: true, targeting: { nonsense: [] } } }]);
    await nodes[1].sync.forceSync();
    expect(await nodes[1].gates()).toEqual({ a: true });
    expect(nodes[1].sync.health().strange).toMatchObject([{ key: 'feature.a' }]);
  });
});

describe('two syncs of one node', () => {
  it('are one too many, and the second goes on when the first has ended', async () => {
    const node = await all.node('one', { store, bootstrap: true, text: 'features:\n  a: true\n' });
    const first = node.start();
    await first.ready();
    const second = node.start();
    await expect(second.ready()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('in use by this process'),
    });
    expect(second.health()).toMatchObject({ status: 'failing', lastError: { code: 'CONFLICT' } });
    await first.close();
    await until('the second to go on', () => second.health().status === 'in-step');
  });
});

describe('close', () => {
  it('ends, and leaves the store open', async () => {
    const node = await all.node('one', { store, bootstrap: true, text: 'features: {}\n' });
    const sync = node.start();
    await sync.ready();
    await Promise.all([sync.close(), sync.close()]);
    expect(sync.health().status).toBe('closed');
    await expect(sync.forceSync()).rejects.toMatchObject({ code: 'NOT_READY' });
    await node.set({ a: true });
    expect(await gatesOf(store)).toEqual({});
  });

  it('waits for what is under way', async () => {
    let release: (() => void) | undefined;
    const slow: FlagStore = {
      ...store,
      async commit(edits, by) {
        const revision = await store.commit(edits, by);
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return revision;
      },
    };
    const node = await all.node('one', { store: slow, bootstrap: true, text: 'features:\n  a: true\n' });
    const sync = node.start();
    await until('the commit to be under way', () => release !== undefined);
    let over = false;
    const closing = sync.close().then(() => {
      over = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    release!();
    await closing;
    expect((await baselineFile(gateFile(node.path).baseline!).peek()).gates.get('a')).toMatchObject({
      agreed: { value: true },
    });
  });

  it('waits no longer than it must', async () => {
    const hung: FlagStore = { ...store, commit: () => new Promise(() => undefined) };
    const node = await all.node('one', { store: hung, bootstrap: true, timeout: 200, text: 'features:\n  a: true\n' });
    const sync = node.start();
    await until(
      'the commit to be under way',
      async () => (await baselineFile(gateFile(node.path).baseline!).peek()).gates.size > 0,
    );
    await sync.close();
  });

  it('rejects whoever waits', async () => {
    const down = faulty(store);
    const node = await all.node('one', {
      store: { ...down, read: () => new Promise(() => undefined) },
      text: 'features: {}\n',
    });
    const sync = node.start();
    const waiting = Promise.allSettled([sync.ready(), sync.forceSync()]);
    await sync.close();
    for (const one of await waiting) expect(one).toMatchObject({ status: 'rejected', reason: { code: 'NOT_READY' } });
    await expect(sync.ready()).rejects.toMatchObject({ code: 'NOT_READY' });
  });
});

describe('events', () => {
  it('reach every listener, and one that throws disturbs nothing', async () => {
    const node = await all.node('one', { store, bootstrap: true, text: 'features:\n  a: true\n' });
    const seen: SyncEvent[] = [];
    const sync = node.start();
    const stop = sync.on((event) => {
      seen.push(event);
      throw new Error('listener');
    });
    const warned = new Promise((resolve) => process.once('warning', resolve));
    await sync.ready();
    expect(seen).toContainEqual({ type: 'pushed', gate: 'a', before: undefined, now: true });
    await expect(warned).resolves.toMatchObject({ message: expect.stringContaining('listener') });
    stop();
    await node.set({ b: true });
    await sync.forceSync();
    expect(seen.filter((event) => event.type === 'pushed')).toHaveLength(1);
  });

  it('are told to listeners that reject, too, as a warning', async () => {
    const node = await all.node('one', { store, bootstrap: true, text: 'features:\n  a: true\n' });
    const sync = node.start();
    sync.on((async () => {
      throw new Error('later');
    }) as () => void);
    const warned = new Promise((resolve) => process.once('warning', resolve));
    await sync.ready();
    await expect(warned).resolves.toMatchObject({ message: expect.stringContaining('later') });
  });

  it('tell a cause once, whatever time its message has', async () => {
    let reads = 0;
    const away: FlagStore = {
      ...store,
      read: () => Promise.reject(new FlagError('UNAVAILABLE', `away at 12:00:${++reads}`)),
    };
    const node = await all.node('one', { store: away, text: 'features: {}\n' });
    node.start();
    for (let times = 0; times < 3; times++) await node.sync.forceSync().catch(() => undefined);
    expect(reads).toBeGreaterThan(2);
    expect(types(node)).toEqual(['failed']);
  });

  it('are words that no terminal obeys', () => {
    const cause = new FlagError('UNAVAILABLE', 'no\u001b[2J\nroot: fine\u202e');
    for (const event of [
      { type: 'failed', cause },
      { type: 'failed', gate: 'a\u001b', cause },
      { type: 'damaged', cause },
    ] as const) {
      expect(formatSyncEvent(event)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
    expect(formatSyncEvent({ type: 'failed', cause })).toBe(
      'the sync failed, and is tried again: no\ufffd[2J root: fine\ufffd',
    );
  });

  it('that must not go unnoticed are warnings, if nobody listens', async () => {
    const node = await all.node('one', { store, text: 'features: [\n' });
    const warned = new Promise((resolve) => process.once('warning', resolve));
    await expect(node.start({ onEvent: undefined }).ready()).rejects.toMatchObject({ code: 'PARSE_ERROR' });
    await expect(warned).resolves.toMatchObject({
      name: 'FlagwrightWarning',
      message: expect.stringContaining('one.yaml'),
    });
  });
});

describe('options', () => {
  it.each<[what: string, options: object]>([
    ['no local gates', { local: undefined }],
    ['a store that cannot be written', { store: { name: 'x', read: () => undefined } }],
    ['no store', { store: undefined }],
    ['an interval that no timer can hold', { interval: 0 }],
    ['a debounce that no timer can hold', { debounce: Number.NaN }],
    ['a timeout that no timer can hold', { timeout: 2 ** 31 }],
    ['a text for bootstrap', { bootstrap: 'false' }],
    ['null for bootstrap', { bootstrap: null }],
    ['a mode that is none', { mode: 'x' }],
    ['an author that is no text', { by: 5 }],
    ['gates that are a list', { gates: [] }],
    ['a listener that is none', { onEvent: 5 }],
    ['a baseline that is no path', { baseline: 7 }],
    ['a baseline that is none', { baseline: {} }],
    ['no place for a baseline', { local: { ...gateFile('x.yaml'), baseline: undefined } }],
  ])('%s', (_, options) => {
    expect(() => syncGates({ local: 'gates.yaml', store, ...options } as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('no options at all', () => {
    expect(() => syncGates(undefined as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('a baseline that is the file of gates, or its lock, is refused, and the file stays', async () => {
    const node = await all.node('one', { store, text: 'features:\n  a: true\n' });
    await symlink(node.path, join(all.folder, 'link'));
    const { path } = node;
    const places = [path, join(all.folder, 'x', '..', 'one.yaml'), join(all.folder, 'link'), `${path}.lock`];
    const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
    for (const baseline of [...places, baselineFile(path)]) {
      expect(() => syncGates({ local: path, store, baseline })).toThrow(refused);
      await expect(pushOnce({ local: path, store, baseline })).rejects.toEqual(refused);
    }
    expect(() => syncGates({ local: gateFile(path, { baseline: path }), store })).toThrow(refused);
    expect(() => syncGates({ local: join(all.folder, 'g.lock'), baseline: join(all.folder, 'g'), store })).toThrow(
      refused,
    );
    expect(await node.text()).toBe('features:\n  a: true\n');
  });

  it('the baseline may be elsewhere', async () => {
    await mkdir(join(all.folder, 'state'));
    const baseline = join(all.folder, 'state', 'one.json');
    const node = await all.node('one', { store, bootstrap: true, baseline, text: 'features:\n  a: true\n' });
    await node.start().ready();
    expect((await baselineFile(baseline).peek()).gates.get('a')).toMatchObject({ agreed: { value: true } });
    expect(node.sync.health().baseline).toBe(baseline);
  });
});
