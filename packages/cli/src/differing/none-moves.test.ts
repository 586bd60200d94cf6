import {
  compile,
  type EvaluationContext,
  evaluate,
  type FlagDocument,
  jsonEqual,
  type Snapshot,
} from '@flagwright/core';
import { expect, it } from 'vitest';
import { randomOf, unitOf } from '../simulate/random.ts';
import { effectsBetween } from './effect-lines.ts';

type Pick = <Value>(...values: readonly Value[]) => Value;

/** What clauses ask of an attribute, and values of it on all sides of that; undefined: a context does not have it. */
interface Kind {
  readonly clauses: readonly (readonly [operator: string, ...values: unknown[]])[];
  readonly values: readonly unknown[];
}

const KINDS: Readonly<Record<string, Kind>> = {
  country: {
    clauses: [
      ['in', 'DE', 'FR'],
      ['in', 'US'],
      ['neq', 'other'],
      ['notIn', 'DE', 'other'],
      ['exists'],
      ['eq', 'other', 'DE'],
    ],
    values: ['DE', 'FR', 'US', 'other', 'none of them', undefined],
  },
  balance: {
    clauses: [
      ['lt', 0],
      ['lte', 0],
      ['gt', 0],
      ['gte', 1],
      ['gt', 0.25],
      ['lt', -5],
      ['lte', -5],
    ],
    values: [-6, -5, -4.5, -0.25, 0, 0.2, 0.25, 0.5, 1, 2, 'text', undefined],
  },
  total: {
    clauses: [
      ['gt', 1_000_000],
      ['gt', 1_000_001],
      ['gte', 1_000_001],
      ['gte', 1_000_000],
      ['lt', 2 ** 53],
      ['eq', 1_000_001],
    ],
    values: [1, 999_999, 1_000_000, 1_000_000.5, 1_000_001, 1_000_002, 2 ** 53, undefined],
  },
  ip: {
    clauses: [
      ['cidr', '10.0.0.0/8'],
      ['cidr', '10.0.0.0/9'],
      ['cidr', '10.0.0.0/8', '11.0.0.0'],
      ['cidr', '2001:db8::/32'],
      ['cidr', '2001:db8::/33'],
    ],
    values: ['9.255.255.255', '10.0.0.0', '10.200.0.1', '11.0.0.0', '2001:db8::1', '2001:db8:9000::1', undefined],
  },
  words: {
    clauses: [
      ['contains', 'abc'],
      ['eq', 'abc'],
      ['startsWith', 'abc'],
      ['endsWith', 'abc'],
      ['contains', 'ABC'],
      ['matches', '^abc$'],
      ['matches', '^(abc|other)'],
    ],
    values: ['abc', 'xabc', 'abcx', 'xabcx', 'ABC', 'other', ['abc'], undefined],
  },
  version: {
    clauses: [
      ['semver', '<1.0.0'],
      ['semver', '<1.0.0 || 1.0.0-rc.1'],
      ['semver', '<=1.0.0'],
      ['semver', '^1.2'],
      ['semver', '1.x'],
      ['semver', '~1.2.3'],
      ['semver', '>=2.0.0-0'],
    ],
    values: ['0.9.0', '1.0.0-rc.1', '1.0.0', '1.2.0', '1.2.2', '1.3.0', '2.0.0-beta', '2.0.0', 'other', undefined],
  },
  since: {
    clauses: [
      ['before', '2026-03-01'],
      ['before', '2026-03-01T00:00:00.001Z'],
      ['after', '2026-03-01'],
      ['after', '2026-02-28T23:59:59'],
      ['before', 0],
    ],
    values: ['1969-12-31', '2026-02-28', '2026-02-28T23:59:59.500Z', '2026-03-01', '2026-03-02', undefined],
  },
  groups: {
    clauses: [
      ['contains', 'beta'],
      ['contains', 'beta', 'staff'],
      ['contains', 'staff'],
      ['in', 'beta'],
    ],
    values: [['beta'], ['staff'], ['beta', 'staff'], [], 'beta', undefined],
  },
};

const KEYS = ['user-0', 'user-1', 'user-2', 'listed', undefined];
const PLANS = ['pro', 'free', 'other', undefined];

/** Flags that splits pass over, and that depend on a segment, on each other, and on an evaluator. */
function documentOf(pick: Pick, names: readonly string[]): FlagDocument {
  const clause = (): object => {
    const attribute = pick(...names);
    const [operator, ...values] = pick(...KINDS[attribute]!.clauses);
    return { attribute, operator, ...(values.length > 0 ? { values } : {}), ...pick({}, {}, { negate: true }) };
  };
  const rollout = (bucketBy: string): object => ({
    rollout: {
      bucketBy,
      variations: [
        { variation: 'old', weight: 50_000 },
        { variation: 'new', weight: 50_000 },
      ],
    },
  });
  const inSegment = { clauses: [{ operator: 'inSegment', values: ['s'] }], variation: 'new' };
  const variants = { none: 'none', old: 'old', new: 'new' };
  const flag = (...rules: readonly object[]): object => ({ variants, defaultVariant: 'none', rules });
  const needing = (key: string, one: object): object => ({ ...one, prerequisites: [{ key, variation: 'new' }] });
  const logical = (targeting: unknown): object => ({ variants, defaultVariant: 'none', targeting });
  const split = {
    fractional: pick(
      [
        ['old', 50],
        ['new', 50],
      ],
      [{ var: 'plan' }, ['old', 50], ['new', 50]],
    ),
  };
  return {
    flags: {
      visitors: flag(rollout('key'), inSegment),
      plans: flag(rollout('plan'), inSegment),
      some: flag({ variation: 'old', percentage: pick(30, 100) }, inSegment),
      members: flag(inSegment),
      after: needing(pick('visitors', 'plans', 'members'), flag({ variation: 'new' })),
      own: needing('members', flag({ ...inSegment, clauses: [clause()] }, rollout(pick('key', 'plan')))),
      logic: logical({ if: [{ in_segment: ['s'] }, split, 'none'] }),
      shared: logical({ if: [{ '===': [split, null] }, { $ref: 'e' }, null] }),
    },
    segments: {
      s: {
        ...pick<object>({}, {}, { included: ['listed'] }, { excluded: ['listed', 'user-1'] }),
        rules: pick([{ clauses: [clause()] }], [{ clauses: [clause()] }, { clauses: [clause()] }], []),
      },
    },
    $evaluators: { e: { if: [{ '==': [{ var: 'plan' }, pick('pro', 'free', null)] }, 'new', 'none'] } },
    ...pick<object>({}, {}, {}, { overrides: { [pick('visitors', 'members', 'plans')]: pick('new', 'old') } }),
  } as FlagDocument;
}

/** Everybody there could be, as far as flags can tell them apart. */
function everybody(names: readonly string[]): readonly EvaluationContext[] {
  let all: readonly EvaluationContext[] = KEYS.flatMap((targetingKey) => PLANS.map((plan) => ({ targetingKey, plan })));
  for (const name of names) {
    all = all.flatMap((one) => KINDS[name]!.values.map((value) => ({ ...one, [name]: value })));
  }
  return all;
}

function movesAnybody(key: string, [one, two]: readonly Snapshot[], contexts: readonly EvaluationContext[]): boolean {
  return contexts.some((context) => {
    const [from, to] = [evaluate(one!, key, undefined, context, 0), evaluate(two!, key, undefined, context, 0)];
    return from.errorCode !== to.errorCode || !jsonEqual(from.value ?? null, to.value ?? null);
  });
}

/** Of a flag that moves somebody, that nobody moves. */
const CLAIM = /^(?:nobody is affected|nothing changes|none of .*(?<!; others may))$/;

/** A flag that moves somebody, and what is told of it. */
interface Moving {
  readonly key: string;
  readonly lines: readonly string[];
}

const played = new Map<number, Promise<readonly Moving[]>>();

/** Flags that move somebody of everybody, between two sets that are made by chance, the same for the same seed. */
function movingOf(seed: number): Promise<readonly Moving[]> {
  const known = played.get(seed) ?? play(seed);
  played.set(seed, known);
  return known;
}

async function play(seed: number): Promise<readonly Moving[]> {
  const random = randomOf(`${seed}`);
  const pick: Pick = (...values) => values[Math.floor(unitOf(random) * values.length)]!;
  const all = Object.keys(KINDS);
  const first = pick(...all);
  const names = pick([first], [first], [first, pick(...all.filter((name) => name !== first))]);
  const [before, other] = [documentOf(pick, names), documentOf(pick, names)];
  const after: Record<string, unknown> = { ...before, segments: other.segments };
  for (const name of ['$evaluators', 'overrides', 'flags'] as const) {
    if (pick(true, false, false)) after[name] = other[name];
  }
  const [one, two] = [before, after as FlagDocument].map((document) => compile({ document, revision: '1' })) as [
    Snapshot,
    Snapshot,
  ];
  const issues = [one, two].flatMap(({ flags }) => [...flags.values()].flatMap((flag) => flag.issues));
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  const told = new Map<string, readonly string[]>();
  for await (const { key, lines } of effectsBetween([one, two], undefined, 0)) told.set(key, lines);
  const contexts = everybody(names);
  return [...one.flags.keys()]
    .filter((key) => movesAnybody(key, [one, two], contexts))
    .map((key) => ({ key, lines: told.get(key) ?? [] }));
}

const SEEDS = Array.from({ length: 25 }, (_, i) => i);

it.each(SEEDS)('never says that nobody moves where somebody does (%i)', async (seed) => {
  for (const { key, lines } of await movingOf(seed)) {
    expect(lines, key).not.toEqual([]);
    expect(
      lines.filter((line) => CLAIM.test(line)),
      key,
    ).toEqual([]);
  }
});

it('finds nearly all that move by contexts that are made', async () => {
  const moving = (await Promise.all(SEEDS.map(movingOf))).flat();
  const unseen = moving.filter(({ lines }) => lines.some((line) => line.startsWith('none of')));
  expect(moving.length).toBeGreaterThan(4 * SEEDS.length);
  expect(unseen.length).toBeLessThanOrEqual(moving.length / 100);
});
