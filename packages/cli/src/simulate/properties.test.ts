import type { FlagDefinition, Snapshot } from '@flagwright/core';
import { compile } from '@flagwright/core';
import { effectOf } from '@flagwright/server/model';
import { expect, it } from 'vitest';
import { generatedContexts } from './generate.ts';
import { createOutcomes } from './outcome.ts';
import { randomOf, unitOf } from './random.ts';
import { parseSpecs } from './spec.ts';
import { type Counted, createTally } from './tally.ts';
import { withPercentage, withWeights } from './weights.ts';

const COUNT = 4_000;
const VARIANTS = ['red', 'blue', 'green', 'grey'];

/** A flag with some rules and shares, and another version of it. */
function change(seed: string): readonly [FlagDefinition, FlagDefinition] {
  const random = randomOf(seed);
  const upTo = (most: number): number => Math.floor(unitOf(random) * most);
  const names = VARIANTS.slice(0, 2 + upTo(3));
  const weights = (): ReadonlyMap<string, number> => new Map(names.map((name) => [name, 1 + upTo(20)]));
  const flag: FlagDefinition = {
    variants: Object.fromEntries(names.map((name) => [name, name])),
    defaultVariant: names[0]!,
    rules: [
      {
        id: 'some',
        clauses: [{ attribute: 'country', operator: 'in', values: ['DE', 'FR'].slice(upTo(2)) }],
        variation: names[1]!,
        percentage: upTo(101),
      },
    ],
  };
  const before = withWeights(flag, weights(), undefined);
  const after = upTo(2) === 0 ? withWeights(before, weights(), undefined) : withPercentage(before, upTo(101), 'some');
  return [before, after];
}

const snapshotOf = (flag: FlagDefinition): Snapshot => compile({ document: { flags: { flag } }, revision: '1' });

async function counted(before: FlagDefinition, after: FlagDefinition, seed: string, count = COUNT): Promise<Counted> {
  const tally = createTally({
    key: 'flag',
    now: snapshotOf(before),
    after: snapshotOf(after),
    outcomes: createOutcomes([before, after]),
    time: 0,
    reads: [],
    by: 'country',
  });
  const made = parseSpecs(['targetingKey=uuid:95|missing:5,country=DE:50|FR:30|US:15|missing:5']);
  for await (const batch of generatedContexts(made, count, seed).batches()) tally.add(batch);
  return tally.counted();
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const SEEDS = Array.from({ length: 40 }, (_, i) => String(i));

it.each(SEEDS)('counts everybody once in every sum (%s)', async (seed) => {
  const [before, after] = change(seed);
  const { total, now, after: then, moves, moved, by } = await counted(before, after, seed);
  expect(total).toBe(COUNT);
  expect(moves.map(sum)).toEqual(now);
  expect(now.map((_, to) => sum(moves.map((row) => row[to]!)))).toEqual(then);
  expect(sum(moves.map((row, i) => sum(row) - row[i]!))).toBe(moved);
  expect(sum(by!.parts.map((part) => part.total)) + by!.others).toBe(total);
  for (const name of ['now', 'after'] as const) {
    expect(now.map((_, i) => sum(by!.parts.map((part) => part[name][i]!)))).toEqual(name === 'now' ? now : then);
  }
  expect(sum(by!.parts.map((part) => part.moved))).toBe(moved);
});

it.each(SEEDS)('says the same of the same seed, and else of another (%s)', async (seed) => {
  const [before, after] = change(seed);
  const [one, again, other] = await Promise.all(
    [seed, seed, `${seed} other`].map((contexts) => counted(before, after, contexts)),
  );
  expect(again).toEqual(one);
  expect(other!.by).not.toEqual(one!.by);
});

/** So many standard deviations from what is exact: beyond them once in 500,000 times. */
const DEVIATIONS = 5;

it.each(SEEDS)('finds the shares that the definitions tell, but for chance (%s)', async (seed) => {
  const [before, after] = change(seed);
  const { audiences, complete } = effectOf('flag', before, after);
  expect(complete).toBe(true);
  const { moves, outcomes, total } = await counted(before, after, seed);
  // countries and keys as they are made: what part of all contexts an audience is
  const parts: Readonly<Record<string, number>> = { DE: 0.5, FR: 0.3, US: 0.15, none: 0.05 };
  const expected = new Map<string, number>();
  for (const { conditions, moves: moving } of audiences) {
    let part = 0;
    for (const [country, weight] of Object.entries(parts)) {
      for (const [keyed, share] of [
        [true, 0.95],
        [false, 0.05],
      ] as const) {
        const holds = conditions.every(({ predicate, holds: meant }) => {
          if (predicate.kind === 'bucketing') return keyed === meant;
          if (predicate.kind !== 'clause') throw new Error(`unexpected: ${predicate.kind}`);
          const { operator, values = [] } = predicate.clause;
          const is = operator === 'exists' ? country !== 'none' : values.includes(country);
          return is === meant;
        });
        if (holds) part += weight * share;
      }
    }
    for (const { from, to, share } of moving) {
      if (from.kind !== 'variant' || to.kind !== 'variant') throw new Error('expected variants');
      const way = `${from.variant} ${to.variant}`;
      expected.set(way, (expected.get(way) ?? 0) + part * share);
    }
  }
  for (const [i, from] of outcomes.entries()) {
    for (const [j, to] of outcomes.entries()) {
      if (i === j) continue;
      const share = expected.get(`${from.name} ${to.name}`) ?? 0;
      const deviation = Math.sqrt(total * share * (1 - share));
      expect(Math.abs(moves[i]![j]! - total * share), `${from.name} to ${to.name}`).toBeLessThanOrEqual(
        DEVIATIONS * deviation,
      );
    }
  }
});

it.each(SEEDS)('takes nothing from anybody when a percentage is raised (%s)', async (seed) => {
  const random = randomOf(seed);
  const [low, high] = [unitOf(random) * 100, unitOf(random) * 100].sort((a, b) => a - b) as [number, number];
  const flag: FlagDefinition = { type: 'boolean', default: false, rules: [{ variation: 'on', percentage: low }] };
  const { moves, outcomes, total, now } = await counted(flag, withPercentage(flag, high, undefined), seed);
  const [off, on] = ['off', 'on'].map((name) => outcomes.findIndex((outcome) => outcome.name === name)) as [
    number,
    number,
  ];
  expect(moves[on]![off]).toBe(0);
  const share = 0.95 * ((high - low) / 100);
  expect(Math.abs(moves[off]![on]! - total * share)).toBeLessThanOrEqual(
    DEVIATIONS * Math.sqrt(total * share * (1 - share)) + 1,
  );
  expect(now[on]).toBeLessThanOrEqual(total);
});
