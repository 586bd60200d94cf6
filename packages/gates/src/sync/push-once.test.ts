import { FlagError, type FlagStore } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { faulty, gatesOf, type TestNode, type TestNodes, testNodes } from '../../test/sync/nodes.ts';
import { type PushOnceOptions, pushOnce } from './index.ts';

let all: TestNodes;
let store: FlagStore;

beforeEach(async () => {
  all = await testNodes();
  store = memoryStore();
});

afterEach(() => all.end());

const push = (node: TestNode, options: Partial<PushOnceOptions> = {}) =>
  pushOnce({ local: node.path, store, ...options });
const CHANGE = { gate: 'a', before: undefined, now: true };

it('brings what was changed to the cluster, and takes nothing', async () => {
  const node = await all.node('one', { store, text: 'features:\n  a: true\n' });
  expect(await push(node)).toEqual({ byRunningSync: false, pushed: [CHANGE], held: [] });
  await store.commit([{ key: 'feature.b', next: { type: 'bool', default: true } }]);
  await node.set({ c: true });
  expect(await push(node)).toEqual({ byRunningSync: false, pushed: [{ ...CHANGE, gate: 'c' }], held: ['b'] });
  expect(await push(node)).toEqual({ byRunningSync: false, pushed: [], held: ['b'] });
  expect(await node.gates()).toEqual({ a: true, c: true });
  expect(await gatesOf(store)).toEqual({ a: true, b: true, c: true });
});

it('unsets what was unset', async () => {
  const node = await all.node('one', { store, text: 'features:\n  a: true\n' });
  await push(node);
  await node.set({ a: undefined });
  await push(node);
  expect(await gatesOf(store)).toEqual({ a: undefined });
});

it('reverts nothing that was changed elsewhere, on a node that never knew of it', async () => {
  const node = await all.node('one', { store, text: 'features:\n  a: true\n' });
  await push(node);
  await store.commit([{ key: 'feature.a', next: { type: 'bool', default: false } }]);
  await node.set({ b: true });
  expect(await push(node)).toMatchObject({ pushed: [{ gate: 'b' }], held: ['a'] });
  expect(await gatesOf(store)).toEqual({ a: false, b: true });
});

it('of a node that remembers nothing leaves what the cluster knows, unless it begins', async () => {
  await store.commit([{ key: 'feature.a', next: { type: 'bool', default: false } }]);
  const one = await all.node('one', { store, text: 'features:\n  a: true\n  b: true\n' });
  expect(await push(one)).toMatchObject({ pushed: [{ gate: 'b' }], held: ['a'] });
  const two = await all.node('two', { store, text: 'features:\n  a: true\n' });
  expect(await push(two, { bootstrap: true })).toMatchObject({ pushed: [{ gate: 'a' }] });
  expect(await gatesOf(store)).toEqual({ a: true, b: true });
});

it('a sync that starts after it goes on from there', async () => {
  await store.commit([{ key: 'feature.a', next: { type: 'bool', default: false } }]);
  const node = await all.node('one', { store, text: 'features:\n  a: true\n  b: true\n' });
  await push(node);
  await node.start().ready();
  await node.has({ a: false, b: true });
});

it('leaves it to a sync that runs, and waits for that', async () => {
  const node = await all.node('one', { store, bootstrap: true, text: 'features: {}\n' });
  await node.start().ready();
  await node.set({ a: true });
  expect(await push(node)).toEqual({ byRunningSync: true, pushed: [], held: [] });
  expect(await gatesOf(store)).toEqual({ a: true });
});

it('does not wait for names that a running sync leaves alone, here or in the store', async () => {
  await store.commit([{ key: 'feature.text', next: { type: 'string', default: 'x' } }]);
  const node = await all.node('one', { store, bootstrap: true, text: 'features: {}\n' });
  await node.start().ready();
  await node.write('features:\n  "no name": true\n  text: true\n  a: true\n');
  expect(await push(node)).toEqual({ byRunningSync: true, pushed: [], held: [] });
  expect(await gatesOf(store)).toEqual({ a: true });
});

it('waits no longer than it may, and names what is left', async () => {
  const own = faulty(store);
  const node = await all.node('one', { store: own, bootstrap: true, text: 'features: {}\n' });
  await node.start().ready();
  own.away = true;
  await node.set({ a: true });
  await expect(push(node, { timeout: 200 })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('has not brought a to the cluster within 200 ms'),
  });
});

it('tries a store that is away for as long as it may, and the next one brings it, once', async () => {
  const own = faulty(store);
  own.away = true;
  const node = await all.node('one', { store, text: 'features:\n  a: true\n' });
  await expect(push(node, { store: own, timeout: 200 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(own.reads).toBeGreaterThan(1);
  expect(await push(node)).toMatchObject({ pushed: [CHANGE] });
});

it.each(['lost', 'lost but landed', 'refused'] as const)('a commit that is %s is made once', async (fault) => {
  const own = faulty(store);
  own.faults.push(fault);
  const node = await all.node('one', { store, text: 'features:\n  a: true\n' });
  await push(node, { store: own });
  expect(own.commits).toBe(fault === 'lost but landed' ? 1 : 2);
  expect(await gatesOf(store)).toEqual({ a: true });
});

it('a store that hangs is given up', async () => {
  const hung: FlagStore = { ...store, commit: () => new Promise(() => undefined) };
  const node = await all.node('one', { store, text: 'features:\n  a: true\n' });
  await expect(push(node, { store: hung, timeout: 200 })).rejects.toMatchObject({ code: 'UNKNOWN' });
  expect(await push(node)).toMatchObject({ pushed: [CHANGE] });
});

it.each<[what: string, text: string, error: FlagError | undefined, code: string]>([
  ['gates that cannot be read', 'features: [\n', undefined, 'PARSE_ERROR'],
  ['a store that refuses', 'features:\n  a: true\n', new FlagError('UNAUTHORIZED', 'no'), 'UNAUTHORIZED'],
  ['a store that another manages', 'features:\n  a: true\n', new FlagError('MANAGED', 'no'), 'MANAGED'],
])('%s are told at once', async (_, text, error, code) => {
  const refusing: FlagStore = {
    ...store,
    commit: () => Promise.reject(error),
  };
  const node = await all.node('one', { store, text });
  await expect(push(node, { store: refusing, timeout: 60_000 })).rejects.toMatchObject({ code });
});

it.each([
  ['timeout', { timeout: 0 }],
  ['local', { local: 1 }],
  ['bootstrap', { bootstrap: 'false' }],
  ['by', { by: 5 }],
  ['baseline', { baseline: 7 }],
])('%s is checked', async (_, options) => {
  await expect(pushOnce({ local: 'gates.yaml', store, ...options } as never)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});
