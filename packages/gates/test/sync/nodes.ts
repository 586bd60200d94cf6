import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, FlagError, type FlagStore } from '@flagwright/core';
import { until } from '@flagwright/test-servers';
import { clusterGates } from '../../src/cluster.ts';
import { type GateSync, gateFile, type SyncEvent, type SyncOptions, syncGates } from '../../src/sync/index.ts';

/** A node with a real file, whose sync can be ended and begun again. */
export interface TestNode {
  readonly path: string;
  readonly events: SyncEvent[];
  /** Of the sync that runs. */
  readonly sync: GateSync;
  start(options?: Partial<SyncOptions>): GateSync;
  stop(): Promise<void>;
  /** A user sets gates in the file. */
  set(changes: Readonly<Record<string, boolean | undefined>>): Promise<void>;
  /** A user writes the file. */
  write(text: string): Promise<void>;
  text(): Promise<string>;
  gates(): Promise<Readonly<Record<string, boolean>>>;
  /** Waits until the file has these gates, and no others. */
  has(gates: Readonly<Record<string, boolean>>): Promise<void>;
}

/** Nodes on one store, in a folder of their own. */
export interface TestNodes {
  readonly folder: string;
  node(name: string, options: Omit<SyncOptions, 'local'> & { readonly text?: string }): Promise<TestNode>;
  /** Ends everything, and removes the folder. */
  end(): Promise<void>;
}

export async function testNodes(): Promise<TestNodes> {
  const folder = await mkdtemp(join(tmpdir(), 'gates-nodes-'));
  const nodes: TestNode[] = [];
  return {
    folder,
    async node(name, { text, ...given }) {
      const path = join(folder, `${name}.yaml`);
      if (text !== undefined) await writeFile(path, text);
      const events: SyncEvent[] = [];
      let sync: GateSync | undefined;
      const node: TestNode = {
        path,
        events,
        get sync() {
          return sync!;
        },
        start(more = {}) {
          sync = syncGates({ local: path, onEvent: (event) => events.push(event), ...given, ...more });
          return sync;
        },
        async stop() {
          await sync?.close();
        },
        set: (changes) => gateFile(path, { patience: 10_000 }).write(new Map(Object.entries(changes))),
        write: (content) => writeFile(path, content),
        text: () => readFile(path, 'utf8'),
        gates: async () => Object.fromEntries([...((await gateFile(path).read()) ?? [])].sort()),
        async has(gates) {
          const wanted = JSON.stringify(Object.fromEntries(Object.entries(gates).sort()));
          let last = '';
          await until(
            () => `${name} to have ${wanted}; it has ${last}`,
            async () => {
              last = JSON.stringify(await node.gates());
              return last === wanted;
            },
          );
        },
      };
      nodes.push(node);
      return node;
    },
    async end() {
      await Promise.all(nodes.map((node) => node.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a store has of gates; unset ones are undefined. */
export async function gatesOf(store: FlagStore): Promise<Readonly<Record<string, boolean | undefined>>> {
  const { gates } = clusterGates(compile(await store.read()));
  return Object.fromEntries([...gates].map(([name, { enabled }]) => [name, enabled]).sort());
}

/** A store that can be away, or lose answers, for one node. */
export interface FaultyStore extends FlagStore {
  /** Nothing comes through. */
  away: boolean;
  /** What happens to the next commits. */
  readonly faults: ('refused' | 'lost' | 'lost but landed')[];
  reads: number;
  commits: number;
}

export function faulty(store: FlagStore): FaultyStore {
  const check = (): void => {
    if (wrapped.away) throw new FlagError('UNAVAILABLE', 'the network is away');
  };
  const wrapped: FaultyStore = {
    name: store.name,
    away: false,
    faults: [],
    reads: 0,
    commits: 0,
    async read(previous, signal) {
      wrapped.reads++;
      check();
      return store.read(previous, signal);
    },
    subscribe: (observer) => store.subscribe!({ ...observer, changed: () => wrapped.away || observer.changed() }),
    async commit(edits, by) {
      wrapped.commits++;
      check();
      const fault = wrapped.faults.shift();
      if (fault === 'refused') throw new FlagError('UNAVAILABLE', 'refused');
      if (fault !== 'lost') {
        const revision = await store.commit(edits, by);
        if (fault === undefined) return revision;
      }
      throw new FlagError('UNKNOWN', 'the answer was lost');
    },
  };
  return wrapped;
}
