import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FlagStore } from '@flagwright/core';
import { httpStore, nodeHandler, storeHandler } from '@flagwright/sources/http';
import { memoryStore } from '@flagwright/sources/memory';
import { migrate, postgresStore } from '@flagwright/sources/postgres';
import { redisStore } from '@flagwright/sources/redis';
import { bundleProgram, startProxy, until } from '@flagwright/test-servers';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { gatesOf, type TestNode, type TestNodes, testNodes } from '../../test/sync/nodes.ts';

const own = Math.random().toString(36).slice(2, 10);
const table = `gates_sync_${own}`;
const cleanup: (() => unknown)[] = [];
let all: TestNodes;
let sets = 0;

beforeAll(async () => {
  await migrate({ connectionString: inject('postgresUrl'), table });
});

beforeEach(async () => {
  all = await testNodes();
  cleanup.push(() => all.end());
});

afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

/** A store that ends with the test, after the nodes. */
function opened(store: FlagStore): FlagStore {
  cleanup.unshift(() => store.close?.());
  return store;
}

const name = (): string => `set-${++sets}`;
const postgres = () => {
  const project = name();
  return () => opened(postgresStore({ connectionString: inject('postgresUrl'), table, project }));
};
const redis = () => {
  const project = `${own}-${name()}`;
  return () => opened(redisStore({ url: inject('redisUrl'), project }));
};

/** A memory store in one server, and clients of it. */
async function http(): Promise<() => FlagStore> {
  const handler = storeHandler(memoryStore());
  const server = createServer(nodeHandler(handler));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanup.unshift(async () => {
    await handler.close();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return () => opened(httpStore({ url: `http://127.0.0.1:${port}/` }));
}

interface Three {
  readonly nodes: readonly [TestNode, TestNode, TestNode];
  readonly stores: readonly FlagStore[];
}

/** Three nodes, each with a store of its own, in step. */
async function three(make: () => FlagStore, options: { readonly subscribe?: false } = {}): Promise<Three> {
  const nodes: TestNode[] = [];
  const stores: FlagStore[] = [];
  for (const which of ['one', 'two', 'three']) {
    const { subscribe, ...rest } = make();
    const store = options.subscribe === false ? rest : { ...rest, subscribe: subscribe! };
    const node = await all.node(which, { store, bootstrap: nodes.length === 0, text: 'features: {}\n' });
    await node.start().ready();
    nodes.push(node);
    stores.push(store);
  }
  return { nodes: nodes as unknown as Three['nodes'], stores };
}

describe.each([
  ['PostgreSQL', postgres],
  ['Redis', redis],
  ['HTTP', http],
])('over %s', (_, backend) => {
  it('what is set, changed and unset on any node reaches all', async () => {
    const { nodes, stores } = await three(await backend());
    await nodes[0].set({ a: true, 'storage.ceph': true });
    for (const node of nodes) await node.has({ a: true, 'storage.ceph': true });
    await nodes[1].set({ a: false });
    for (const node of nodes) await node.has({ a: false, 'storage.ceph': true });
    await nodes[2].set({ 'storage.ceph': undefined });
    for (const node of nodes) await node.has({ a: false });
    expect(await gatesOf(stores[0]!)).toEqual({ a: false, 'storage.ceph': undefined });
  });

  it('a node that was down, and one that changes another gate, revert nothing', async () => {
    const { nodes } = await three(await backend());
    await nodes[0].set({ a: true, b: true });
    for (const node of nodes) await node.has({ a: true, b: true });
    await nodes[0].stop();
    await nodes[1].set({ a: undefined });
    await nodes[2].set({ b: false });
    await nodes[1].has({ b: false });
    await nodes[0].set({ c: true });
    nodes[0].start();
    for (const node of nodes) await node.has({ b: false, c: true });
  });

  it('all nodes change one gate at once, and then have the same', async () => {
    const { nodes, stores } = await three(await backend());
    for (let round = 0; round < 5; round++) {
      await Promise.all(nodes.map((node, i) => node.set({ a: (round + i) % 2 === 0, [`own-${i}`]: round % 2 === 0 })));
      const wanted = async (): Promise<string> => JSON.stringify({ ...(await gatesOf(stores[0]!)) });
      await until('all to have the same', async () => {
        const there = await wanted();
        const here = await Promise.all(nodes.map(async (node) => JSON.stringify(await node.gates())));
        const settled = nodes.every((node) => node.sync.health().status === 'in-step');
        const owned = Object.entries(JSON.parse(there)).filter(([gate]) => gate.startsWith('own-'));
        return settled && here.every((one) => one === there) && owned.every(([, value]) => value === (round % 2 === 0));
      });
    }
  });
});

it('a store that begins anew, restored from nothing, takes nothing from the nodes', async () => {
  const make = redis();
  const { nodes, stores } = await three(make);
  await nodes[0].set({ a: true });
  for (const node of nodes) await node.has({ a: true });
  const missing = redis();
  await nodes[1].stop();
  await expect(nodes[1].start({ store: missing() }).ready()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await nodes[1].gates()).toEqual({ a: true });
  expect(await gatesOf(stores[0]!)).toEqual({ a: true });
});

describe('three nodes agree', () => {
  const times = async (nodes: Three['nodes'], rounds: number): Promise<readonly number[]> => {
    const taken: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const value = round % 2 === 0;
      const start = performance.now();
      await nodes[round % 3]!.set({ a: value });
      await Promise.all(nodes.map((node) => node.has({ a: value })));
      taken.push(performance.now() - start);
      await until('rest', () => nodes.every((node) => node.sync.health().status === 'in-step'));
    }
    return taken.sort((a, b) => a - b);
  };
  const tell = (how: string, taken: readonly number[]): void => {
    const [median, most] = [taken[Math.floor(taken.length / 2)]!, taken.at(-1)!];
    console.log(
      `three nodes agree ${how}: median ${median.toFixed(0)} ms, at most ${most.toFixed(0)} ms of ${taken.length}`,
    );
  };

  it('soon, with hints', async () => {
    const { nodes } = await three(postgres());
    tell('with hints', await times(nodes, 30));
  });

  it('by polling the store alone', { timeout: 60_000 }, async () => {
    const { nodes } = await three(postgres(), { subscribe: false });
    tell('by polling', await times(nodes, 4));
  });
});

/** Numbers that look random, the same for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const INTERLEAVINGS = Number(process.env.SYNC_KILLS ?? 30);

it(`${INTERLEAVINGS} interleavings with processes that are killed and connections that are cut`, {
  timeout: 300_000,
}, async () => {
  const connectionString = inject('postgresUrl');
  const processTable = `${table}_processes`;
  await migrate({ connectionString, table: processTable });
  const store = opened(postgresStore({ connectionString, table: processTable }));
  const program = await bundleProgram({
    file: fileURLToPath(new URL('../../test/sync/node-process.ts', import.meta.url)),
    external: ['pg'],
    nodeModules: fileURLToPath(new URL('../../../sources/node_modules', import.meta.url)),
  });
  cleanup.unshift(() => program.remove());
  const seed = Number(process.env.SYNC_SEED ?? Date.now() % 1_000_000);
  const random = randomOf(seed);
  const counts = { sets: 0, kills: 0, cuts: 0 };

  const nodes = await Promise.all(
    ['p0', 'p1', 'p2'].map(async (which, i) => {
      const node = await all.node(which, { store, text: 'features: {}\n' });
      const proxy = await startProxy({ port: Number(new URL(connectionString).port) });
      cleanup.unshift(() => proxy.close());
      let child: ChildProcess | undefined;
      const start = async (): Promise<void> => {
        const args = [program.path, node.path, proxy.through(connectionString), processTable, i === 0 ? 'yes' : 'no'];
        child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
        await once(child.stdout!, 'data');
      };
      const kill = async (): Promise<void> => {
        const gone = once(child!, 'exit');
        child!.kill('SIGKILL');
        await gone;
      };
      cleanup.push(kill);
      return { node, proxy, start, kill, own: {} as Record<string, boolean | undefined> };
    }),
  );
  for (const { start } of nodes) await start();

  const values = [true, false, undefined];
  for (let round = 0; round < INTERLEAVINGS; round++) {
    const starting: Promise<void>[] = [];
    const up = new Set(nodes);
    for (let acts = 4 + random(8); acts > 0; acts--) {
      const one = nodes[random(3)]!;
      const kind = random(10);
      if (kind < 6) {
        const gate = random(2) === 0 ? 'shared' : `p${nodes.indexOf(one)}-${random(2)}`;
        const value = values[random(3)];
        await one.node.set({ [gate]: value });
        if (gate !== 'shared') one.own[gate] = value;
        counts.sets++;
      } else if (kind < 8 && up.delete(one)) {
        await one.kill();
        starting.push(one.start());
        counts.kills++;
      } else {
        if (kind === 8) one.proxy.dropAll();
        else await one.proxy.refuse();
        counts.cuts++;
      }
      await sleep(random(40));
    }
    for (const { proxy } of nodes) await proxy.accept();
    await Promise.all(starting);
    const owned = Object.assign({}, ...nodes.map((one) => one.own)) as Record<string, boolean | undefined>;
    let last = '';
    await until(
      () => `all to agree (seed ${seed}, round ${round}); there is ${last}`,
      async () => {
        const there = await gatesOf(store).catch(() => ({}) as Record<string, boolean | undefined>);
        const here = await Promise.all(nodes.map(({ node }) => node.gates()));
        last = JSON.stringify({ there, here, owned });
        const set = JSON.stringify(
          Object.fromEntries(Object.entries(there).filter(([, value]) => value !== undefined)),
        );
        const kept = Object.entries(owned).every(([gate, value]) => there[gate] === value);
        return kept && here.every((one) => JSON.stringify(one) === set);
      },
    );
  }
  console.log(`${INTERLEAVINGS} interleavings on PostgreSQL, seed ${seed}:`, counts);
});
