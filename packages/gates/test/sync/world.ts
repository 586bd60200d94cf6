import { compile, type Edit, FlagError, type FlagStore } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { clusterDefinition, clusterGates } from '../../src/cluster.ts';
import { gateKey, gateName } from '../../src/names.ts';
import { type Memory, NOTHING, parseMemory } from '../../src/sync/baseline.ts';
import type { Value } from '../../src/sync/entry.ts';
import type { SyncReport } from '../../src/sync/round.ts';
import { type Counts, lifeOf, type Node, type Point, type Surroundings, type UserSet } from './node-life.ts';

// A world of nodes and one store, in which everything that takes time stops before and after its effect until the test
// lets it go on. So the test decides who does what in which order, and whose process is gone at which point: a round that
// is never let go on again is what `kill -9` leaves.

/** A write that landed in the store. */
export interface Landed {
  readonly name: string;
  readonly value: Value;
  /** Undefined: a writer that is no node. */
  readonly node: number | undefined;
  readonly id: string | undefined;
  /** The last set by a user of the node when it looked at its gates; undefined if the sync put them there. */
  readonly cause: UserSet | undefined;
}

export interface World {
  readonly store: FlagStore;
  readonly nodes: readonly Node[];
  readonly log: readonly Landed[];
  readonly sets: readonly UserSet[];
  readonly counts: Counts;
  /** A user of a node sets a gate. */
  set(node: number, name: string, value: Value): void;
  /** Another writer of gates, one that keeps the history. */
  direct(name: string, value: Value): Promise<void>;
  /** Somebody who writes definitions without a history, or takes them away (`null`). */
  raw(name: string, value: boolean | null): Promise<void>;
  /** Begins a round, or lets it go on to the next point where it could be stopped. */
  step(node: number): Promise<void>;
  /** Begins a round, or lets it go on, until it stands at a point. */
  until(node: number, at: Point): Promise<void>;
  /** Lets a round go on to its end; begins one if there is none. */
  finish(node: number): Promise<SyncReport | FlagError>;
  /** The process of a node is gone, wherever it is. */
  crash(node: number): void;
  /** The process is gone, and what it remembered on disk too. */
  forget(node: number): void;
  /** The local gates are gone as a whole. */
  lose(node: number): void;
  /** A commit that was on its way arrives. */
  arrive(): Promise<void>;
  /** What the cluster has. */
  cluster(): Promise<ReadonlyMap<string, Value>>;
  /** Everything is well again, and rounds go on until nothing changes. */
  heal(): Promise<void>;
  advance(ms: number): void;
}

/** Options of `worldOf`. */
export interface WorldOptions {
  readonly nodes: number;
  /** The nodes that have these gates from the beginning. */
  readonly local?: readonly Readonly<Record<string, boolean>>[];
  /** Whether the first node has been told to begin. Default: true. */
  readonly bootstrap?: boolean;
}

export function worldOf({ nodes: count, local = [], bootstrap = true }: WorldOptions): World {
  const store = memoryStore({
    flags: {
      other: { type: 'bool', default: true },
      'features-x': { type: 'bool', default: false },
      // a cluster without any is refused
      'feature.unset': clusterDefinition(undefined, 'first', undefined),
    },
    segments: {},
  });
  const log: Landed[] = [];
  const sets: UserSet[] = [];
  const delayed: (() => Promise<void>)[] = [];
  const counts: Counts = {
    rounds: 0,
    crashes: 0,
    sets: 0,
    landed: 0,
    pulled: 0,
    conflicts: 0,
    uncertain: 0,
    lost: 0,
    late: 0,
  };
  let now = 1_700_000_000_000;
  let ids = 0;
  const newId = (prefix: string): string => `${prefix}-${++ids}`;

  async function land(
    edits: readonly Edit[],
    node: number | undefined,
    causes: ReadonlyMap<string, UserSet>,
  ): Promise<string> {
    const revision = await store.commit(edits);
    for (const { key, next } of edits) {
      const name = gateName(key);
      const {
        default: value,
        enabled,
        metadata,
      } = (next ?? { enabled: false }) as {
        readonly default?: boolean;
        readonly enabled?: boolean;
        readonly metadata?: Readonly<Record<string, string>>;
      };
      const id = metadata?.['gate.write'];
      log.push({ name, value: enabled === false ? undefined : value, node, id, cause: causes.get(name) });
      counts.landed++;
    }
    return revision;
  }

  const nodes = Array.from(
    { length: count },
    (_, index): Node => ({
      index,
      local: undefined,
      gone: false,
      saved: undefined,
      partitioned: false,
      mode: 'two-way',
      nextCommit: undefined,
      nextWriteFails: false,
      nextSaveFails: false,
      events: [],
      causes: new Map(),
      life: undefined,
    }),
  );

  const remembered = ({ index, saved }: Node): Memory => {
    if (saved !== undefined) return parseMemory(saved);
    return bootstrap && index === 0 ? { ...NOTHING, joined: true } : NOTHING;
  };

  const surroundings: Surroundings = { store, counts, delayed, clock: () => now, newId, land, remembered };

  async function step(index: number): Promise<void> {
    const node = nodes[index]!;
    node.life ??= lifeOf(node, surroundings);
    const { life } = node;
    life.still = new Promise((resolve) => {
      life.stand = resolve;
    });
    if (life.running) {
      const { release } = life;
      life.release = undefined;
      release!();
    } else {
      life.running = true;
      counts.rounds++;
      now += 60_000;
      void life.rounds
        .round({ mode: node.mode, anew: true, force: false })
        .catch((thrown: unknown) => {
          if (!(thrown instanceof FlagError)) throw thrown;
          return thrown;
        })
        .then((last) => {
          life.last = last;
          life.running = false;
          life.stand();
        });
    }
    await life.still;
  }

  async function finish(index: number): Promise<SyncReport | FlagError> {
    do await step(index);
    while (nodes[index]!.life!.running);
    return nodes[index]!.life!.last!;
  }

  const cluster = async (): Promise<ReadonlyMap<string, Value>> => {
    const { gates } = clusterGates(compile(await store.read()));
    return new Map([...gates].map(([name, { enabled }]) => [name, enabled]));
  };

  /** An operator says of gates that are gone without a tombstone that this was meant. */
  async function bury(node: Node): Promise<void> {
    const known = await cluster();
    for (const name of remembered(node).gates.keys()) if (!known.has(name)) await world.direct(name, undefined);
  }

  const world: World = {
    store,
    nodes,
    log,
    sets,
    counts,
    set(index, name, value) {
      const node = nodes[index]!;
      if (node.gone) return;
      node.local ??= new Map();
      if (node.local.get(name) === value) return;
      const before = node.local.get(name);
      const synced = !node.causes.has(name);
      if (value === undefined) node.local.delete(name);
      else node.local.set(name, value);
      const memory = remembered(node);
      const entry = memory.gates.get(name);
      const landed = entry?.push?.sent.find(({ id }) => log.some((one) => one.id === id));
      // what the sync has put here, and not noted yet: who sets it back has changed it
      const setBack = synced && entry?.pull !== undefined && before === entry.pull.value;
      const agreed = setBack ? [entry.pull, landed] : [entry?.agreed, entry?.pull, landed];
      const noChange =
        agreed.some((one) => one !== undefined && one.value === value) ||
        (!setBack && !entry?.agreed && value === undefined);
      const joining = !memory.joined;
      const set = { index: sets.length, node: index, name, value, at: log.length, noChange, joining };
      sets.push(set);
      node.causes.set(name, set);
      counts.sets++;
    },
    async direct(name, value) {
      const gate = clusterGates(compile(await store.read())).gates.get(name);
      await land([{ key: gateKey(name), next: clusterDefinition(value, newId('d'), gate) }], undefined, new Map());
    },
    async raw(name, value) {
      const next = value === null ? null : { type: 'bool', default: value };
      await land([{ key: gateKey(name), next }], undefined, new Map());
    },
    step,
    async until(index, at) {
      do await step(index);
      while (nodes[index]!.life!.running && nodes[index]!.life!.at !== at);
      if (!nodes[index]!.life!.running) throw new Error(`the round is over, and did not come to stand ${at}`);
    },
    finish,
    crash(index) {
      nodes[index]!.life = undefined;
      counts.crashes++;
    },
    forget(index) {
      world.crash(index);
      nodes[index]!.saved = undefined;
    },
    lose(index) {
      const node = nodes[index]!;
      if (node.local === undefined) return;
      node.local = undefined;
      node.gone = true;
      node.causes.clear();
    },
    async arrive() {
      const next = delayed.shift();
      if (next === undefined) return;
      try {
        await next();
        counts.late++;
      } catch {
        // somebody was there before
      }
    },
    cluster,
    async heal() {
      while (delayed.length > 0) await world.arrive();
      for (const node of nodes) {
        node.partitioned = false;
        node.mode = 'two-way';
        node.nextCommit = undefined;
        node.nextWriteFails = false;
        node.nextSaveFails = false;
      }
      let quiet = 0;
      for (let cycle = 0; cycle < 50 && quiet < 3; cycle++) {
        const before = log.length + counts.pulled;
        for (const { index } of nodes) {
          const done = await finish(index);
          if (done instanceof FlagError && done.code === 'NOT_FOUND') await bury(nodes[index]!);
        }
        quiet = log.length + counts.pulled === before ? quiet + 1 : 0;
      }
    },
    advance(ms) {
      now += ms;
    },
  };
  local.forEach((values, index) => {
    for (const [name, value] of Object.entries(values)) world.set(index, name, value);
  });
  return world;
}
