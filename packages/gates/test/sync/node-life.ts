import { compile, type Edit, FlagError, type FlagStore } from '@flagwright/core';
import { type Baseline, formatMemory, type Memory } from '../../src/sync/baseline.ts';
import type { Cluster } from '../../src/sync/cluster.ts';
import type { SyncMode } from '../../src/sync/decide.ts';
import type { Value } from '../../src/sync/entry.ts';
import type { SyncEvent } from '../../src/sync/events.ts';
import type { LocalGates } from '../../src/sync/local.ts';
import { type Rounds, roundsOf, type SyncReport } from '../../src/sync/round.ts';
import { troubles } from '../../src/sync/troubles.ts';

/** What becomes of the next commit of a node. */
export type CommitFault = 'refused' | 'lost' | 'lost but landed' | 'delayed';

/** A gate set by a user of a node. */
export interface UserSet {
  readonly index: number;
  readonly node: number;
  readonly name: string;
  readonly value: Value;
  /** How many writes had landed by then. */
  readonly at: number;
  /**
   * The node remembers this very value as agreed on, or is about to put it there itself: nothing tells it from no change
   * at all.
   */
  noChange: boolean;
  /** The node had not been in step yet, so that what the cluster knows wins. */
  readonly joining: boolean;
}

export interface Node {
  readonly index: number;
  /** The local gates; undefined: there is nothing. */
  local: Map<string, boolean> | undefined;
  /** They were there, and somebody took them away; no user sets anything before they are back. */
  gone: boolean;
  /** What is on disk. */
  saved: string | undefined;
  partitioned: boolean;
  mode: SyncMode;
  nextCommit: CommitFault | undefined;
  nextWriteFails: boolean;
  nextSaveFails: boolean;
  readonly events: SyncEvent[];
  /** The user's last set of each gate that the sync has not replaced. */
  readonly causes: Map<string, UserSet>;
  life: Life | undefined;
}

/** What a round does, in this order, but that it may do some of it again. */
export type Effect = 'look here' | 'look there' | 'write down' | 'put here' | 'commit';
export type Point = `${'before' | 'after'} ${Effect}`;

export interface Life {
  readonly rounds: Rounds;
  /** Lets the round that stands still go on. */
  release: (() => void) | undefined;
  /** Before or after what it stands still. */
  at: Point | undefined;
  running: boolean;
  last: SyncReport | FlagError | undefined;
  /** Of the last look at the local gates. */
  causes: ReadonlyMap<string, UserSet>;
  /** Resolves when the round stands still or is over. */
  still: Promise<void>;
  stand: () => void;
}

export interface Counts {
  rounds: number;
  crashes: number;
  sets: number;
  landed: number;
  pulled: number;
  conflicts: number;
  uncertain: number;
  lost: number;
  late: number;
}

/** What the processes of all nodes share. */
export interface Surroundings {
  readonly store: FlagStore;
  readonly counts: Counts;
  /** Commits that are on their way. */
  readonly delayed: (() => Promise<void>)[];
  /** In ms since the epoch. */
  readonly clock: () => number;
  newId(prefix: string): string;
  /** Commits, and notes what landed: who wrote it, and because of which sets of its users. */
  land(edits: readonly Edit[], node: number | undefined, causes: ReadonlyMap<string, UserSet>): Promise<string>;
  /** What the node knows when its process begins. */
  remembered(node: Node): Memory;
}

/** A process of a node, which stands still before and after each effect until it is let go on. */
export function lifeOf(node: Node, surroundings: Surroundings): Life {
  const { store, counts, delayed, clock, land, remembered } = surroundings;
  /** The process stops before and after whatever it does; in one that is gone, this never resolves. */
  const point = (at: Point): Promise<void> =>
    new Promise((resolve) => {
      life.at = at;
      life.release = resolve;
      life.stand();
    });
  const effect = async <T>(what: Effect, act: () => T | Promise<T>): Promise<T> => {
    await point(`before ${what}`);
    const result = await act();
    await point(`after ${what}`);
    return result;
  };
  const away = (): void => {
    if (node.partitioned) throw new FlagError('UNAVAILABLE', 'the network is away');
  };
  const gates: LocalGates = {
    name: `gates of node ${node.index}`,
    settle: node.index === 0 ? 0 : 2_000,
    read: () =>
      effect('look here', () => {
        life.causes = new Map(node.causes);
        return node.local === undefined ? undefined : new Map(node.local);
      }),
    write: (changes, was) =>
      effect('put here', () => {
        if (node.nextWriteFails) {
          node.nextWriteFails = false;
          throw new FlagError('UNAVAILABLE', 'the disk is full');
        }
        if (node.local === undefined && was) throw new FlagError('CONFLICT', 'gone');
        for (const name of changes.keys()) {
          if (was?.get(name) !== node.local?.get(name)) throw new FlagError('CONFLICT', 'changed meanwhile');
        }
        node.local ??= new Map();
        node.gone = false;
        for (const [name, value] of changes) {
          if (value === undefined) node.local.delete(name);
          else node.local.set(name, value);
          node.causes.delete(name);
          counts.pulled++;
        }
      }),
  };
  const cluster: Cluster = {
    name: 'memory',
    read: () =>
      effect('look there', async () => {
        away();
        return compile(await store.read());
      }),
    commit: (edits) =>
      effect('commit', async () => {
        away();
        const fault = node.nextCommit;
        node.nextCommit = undefined;
        const { causes } = life;
        if (fault === 'refused') throw new FlagError('UNAVAILABLE', 'refused');
        if (fault === undefined) return land(edits, node.index, causes);
        counts.lost++;
        if (fault === 'lost but landed') await land(edits, node.index, causes);
        if (fault === 'delayed') delayed.push(async () => void (await land(edits, node.index, causes)));
        throw new FlagError('UNKNOWN', 'the answer was lost');
      }),
  };
  const baseline: Baseline = {
    name: `baseline of node ${node.index}`,
    open: async () => ({ memory: remembered(node) }),
    peek: async () => remembered(node),
    save: (memory) =>
      effect('write down', () => {
        if (node.nextSaveFails) {
          node.nextSaveFails = false;
          throw new FlagError('UNAVAILABLE', 'the disk is full');
        }
        node.saved = formatMemory(memory);
        // what was set since the node looked, and is what it has just agreed on or is about to put there
        for (const [name, set] of node.causes) {
          const { agreed, pull } = memory.gates.get(name) ?? {};
          if (set === life.causes.get(name)) continue;
          if (set.value === agreed?.value || (pull !== undefined && set.value === pull.value)) set.noChange = true;
        }
      }),
    close: async () => undefined,
  };
  const life: Life = {
    rounds: roundsOf({
      local: gates,
      cluster,
      baseline,
      memory: remembered(node),
      troubles: troubles(clock, () => 0.5),
      clock,
      newId: () => surroundings.newId(`n${node.index}`),
      tell(event) {
        node.events.push(event);
        if (event.type === 'conflict') counts[event.uncertain ? 'uncertain' : 'conflicts']++;
      },
      proceed: () => undefined,
    }),
    release: undefined,
    at: undefined,
    running: false,
    last: undefined,
    causes: new Map(),
    still: Promise.resolve(),
    stand: () => undefined,
  };
  return life;
}
