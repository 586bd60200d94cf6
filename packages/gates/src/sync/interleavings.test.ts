import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  expectAgreement,
  expectNothingElseTouched,
  expectNothingLost,
  expectNothingResurrected,
} from '../../test/sync/laws.ts';
import type { CommitFault } from '../../test/sync/node-life.ts';
import { type World, worldOf } from '../../test/sync/world.ts';

const NODES = 3;
const RUNS = Number(process.env.SYNC_RUNS ?? 1_000);

const node = fc.integer({ min: 0, max: NODES - 1 });
const name = fc.constantFrom('a', 'b', 'storage.c');
const value = fc.constantFrom(true, false, undefined);

type Act = (world: World) => void | Promise<void>;
/** Something that happens, with a name that shows in a counterexample. */
const act = <T extends unknown[]>(
  label: string,
  parts: { [K in keyof T]: fc.Arbitrary<T[K]> },
  does: (world: World, ...given: T) => void | Promise<void>,
): fc.Arbitrary<Act> =>
  fc.tuple(...parts).map((given) => {
    const run: Act = (world) => does(world, ...(given as T));
    return Object.assign(run, {
      [fc.toStringMethod]: () => `${label}(${(given as unknown[]).map(String).join(', ')})`,
    });
  });

const MODES = ['two-way', 'push-only', 'pull-only'] as const;
const FAULTS: readonly CommitFault[] = ['refused', 'lost', 'lost but landed', 'delayed'];

const ordinary = [
  { weight: 30, arbitrary: act('step', [node], (world, index) => world.step(index)) },
  { weight: 6, arbitrary: act('finish', [node], async (world, index) => void (await world.finish(index))) },
  { weight: 12, arbitrary: act('set', [node, name, value], (world, index, gate, to) => world.set(index, gate, to)) },
  { weight: 4, arbitrary: act('direct', [name, value], (world, gate, to) => world.direct(gate, to)) },
  { weight: 5, arbitrary: act('crash', [node], (world, index) => world.crash(index)) },
  {
    weight: 3,
    arbitrary: act('partition', [node, fc.boolean()], (world, index, away) => {
      world.nodes[index]!.partitioned = away;
    }),
  },
  {
    weight: 4,
    arbitrary: act('fault', [node, fc.constantFrom(...FAULTS)], (world, index, fault) => {
      world.nodes[index]!.nextCommit = fault;
    }),
  },
  {
    weight: 2,
    arbitrary: act('disk', [node, fc.boolean()], (world, index, save) => {
      world.nodes[index]![save ? 'nextSaveFails' : 'nextWriteFails'] = true;
    }),
  },
  { weight: 2, arbitrary: act('arrive', [], (world) => world.arrive()) },
];

const raw = {
  weight: 3,
  arbitrary: act('raw', [name, fc.constantFrom(true, false, null)], (world, gate, to) => world.raw(gate, to)),
};

const modes = {
  weight: 6,
  arbitrary: act('mode', [node, fc.constantFrom(...MODES)], (world, index, mode) => {
    world.nodes[index]!.mode = mode;
  }),
};

const losses = [
  { weight: 2, arbitrary: act('forget', [node], (world, index) => world.forget(index)) },
  { weight: 2, arbitrary: act('lose', [node], (world, index) => world.lose(index)) },
];

const begin = fc.array(fc.dictionary(name, fc.boolean()), { minLength: NODES, maxLength: NODES });

interface Variant {
  readonly acts: readonly fc.WeightedArbitrary<Act>[];
  readonly runs: number;
  /** Whether whatever a user sets must come to the cluster. */
  readonly keeps: boolean;
  readonly bootstrap?: boolean;
}

/** Runs interleavings, and tells how much happened in them. */
async function explore({ acts, runs, keeps, bootstrap = true }: Variant): Promise<Readonly<Record<string, number>>> {
  const total: Record<string, number> = { interleavings: 0 };
  const some = fc.array(fc.oneof(...acts), { minLength: 40, maxLength: 160, size: 'max' });
  await fc.assert(
    fc.asyncProperty(begin, some, async (local, chosen) => {
      const world = worldOf({ nodes: NODES, local, bootstrap });
      for (const one of chosen) await one(world);
      await world.heal();
      await expectAgreement(world);
      expectNothingResurrected(world);
      await expectNothingElseTouched(world);
      const checked = keeps ? expectNothingLost(world) : {};
      for (const [key, count] of Object.entries({ interleavings: 1, ...world.counts, ...checked })) {
        total[key] = (total[key] ?? 0) + count;
      }
    }),
    { numRuns: runs },
  );
  return total;
}

const LONG = { timeout: 180 * RUNS };

it(`${RUNS} interleavings of three nodes lose nothing and bring nothing back`, LONG, async () => {
  const total = await explore({ acts: ordinary, runs: RUNS, keeps: true });
  console.log('sets, restarts, partitions, lost answers:', total);
  expect(total.reached).toBeGreaterThan(RUNS);
});

it('nor do they among writers that keep no history, but for what they tell as uncertain', LONG, async () => {
  const total = await explore({ acts: [...ordinary, raw], runs: Math.ceil(RUNS / 4), keeps: true });
  console.log('the same, and writers without a history:', total);
  expect(total.uncertain).toBeGreaterThan(0);
});

it('nothing comes back when modes change', LONG, async () => {
  const total = await explore({ acts: [...ordinary, modes], runs: Math.ceil(RUNS / 4), keeps: false });
  console.log('the same, and changes of the mode:', total);
});

it('nothing comes back when baselines and local gates are lost', LONG, async () => {
  const total = await explore({
    acts: [...ordinary, ...losses],
    runs: Math.ceil(RUNS / 4),
    keeps: false,
    bootstrap: false,
  });
  console.log('the same, and lost files:', total);
});
