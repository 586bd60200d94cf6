import { type ClauseDefinition, compile, evaluate, type FlagDefinition, type FlagDocument } from '@flagwright/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lint } from './lint.ts';

/** Values that attributes have, `undefined` for none. `plan` is declared to be a text; nobody declared the others. */
const DOMAINS = {
  key: [undefined, 'u1', 'u2', 'v1', 'v2', 'v3'],
  plan: [undefined, 'a', 'ab', 'b', ''],
  n: [undefined, 0, 1, 2, 3, 'a', [1, 3], [0]],
  tags: [undefined, 'a', 'ab', ['a', 'b'], ['b'], [], [1]],
} as const;

const ATTRIBUTES: NonNullable<FlagDocument['attributes']> = { plan: 'string', tags: 'list' };

const CONTEXTS: readonly Readonly<Record<string, unknown>>[] = DOMAINS.key.flatMap((targetingKey) =>
  DOMAINS.plan.flatMap((plan) =>
    DOMAINS.n.flatMap((n) => DOMAINS.tags.map((tags) => JSON.parse(JSON.stringify({ targetingKey, plan, n, tags })))),
  ),
);

const isList = (value: unknown): boolean => Array.isArray(value);

const texts = fc.subarray(['a', 'ab', 'b', ''], { minLength: 0, maxLength: 3 });
const numbers = fc.subarray([0, 1, 2, 3], { minLength: 0, maxLength: 2 });
const negate = fc.constantFrom(undefined, true, false);

const clause: fc.Arbitrary<ClauseDefinition> = fc.oneof(
  fc.record({
    attribute: fc.constantFrom('plan', 'tags'),
    operator: fc.constantFrom('eq', 'in', 'neq', 'notIn', 'startsWith', 'endsWith', 'contains'),
    values: texts,
    negate,
  }),
  fc.record({
    attribute: fc.constantFrom('n', 'tags'),
    operator: fc.constantFrom('eq', 'notIn', 'gt', 'gte', 'lt', 'lte', 'before', 'after'),
    values: numbers,
    negate,
  }),
  fc.record({
    attribute: fc.constantFrom('key', 'targetingKey'),
    operator: fc.constantFrom('eq', 'notIn', 'startsWith'),
    values: fc.subarray(['u1', 'u2', 'v', 'v1'], { minLength: 0, maxLength: 2 }),
    negate,
  }),
  fc.record({
    attribute: fc.constantFrom('plan', 'n', 'key', 'tags'),
    operator: fc.constant('exists'),
    values: fc.subarray([true, false]),
    negate,
  }),
  fc.record({
    operator: fc.constant('inSegment'),
    values: fc.subarray(['one', 'two', 'nobody'], { minLength: 1, maxLength: 2 }),
    negate,
  }),
) as fc.Arbitrary<ClauseDefinition>;

const clauses = fc.array(clause, { minLength: 0, maxLength: 3 });

const served = fc.oneof(
  { weight: 4, arbitrary: fc.record({ variation: fc.constantFrom('x', 'y', 'z') }) },
  fc.record({ variation: fc.constantFrom('x', 'y', 'z'), percentage: fc.constantFrom(0, 20, 50, 80, 100) }),
  fc.record({
    rollout: fc.record({
      bucketBy: fc.constantFrom('key', 'plan'),
      variations: fc.constant([
        { variation: 'x', weight: 50_000 },
        { variation: 'y', weight: 50_000 },
      ]),
    }),
  }),
);

/** Rules of few clauses, so that one has those of another. */
const rules = fc.array(clause, { minLength: 3, maxLength: 5 }).chain((pool) =>
  fc.array(
    fc.tuple(fc.subarray([...pool], { maxLength: 3 }), served).map(([list, what]) => ({ clauses: list, ...what })),
    { minLength: 1, maxLength: 5 },
  ),
);

const flag: fc.Arbitrary<FlagDefinition> = fc
  .record({
    rules,
    fallthrough: fc.constantFrom(undefined, 'x', 'z'),
    targets: fc.constantFrom(undefined, [{ variation: 'y', values: ['u1'] }]),
  })
  .map((definition) =>
    JSON.parse(JSON.stringify({ variants: { x: 'x', y: 'y', z: 'z' }, defaultVariant: 'z', ...definition })),
  );

/** A flag that others may require. */
const BASE: FlagDefinition = {
  type: 'boolean',
  default: false,
  rules: [{ clauses: [{ attribute: 'plan', operator: 'in', values: ['a'] }], variation: 'on' }],
};

/** Whether a flag requires that one, and what it serves while that is not met. */
const ofBase: fc.Arbitrary<FlagDefinition> = fc.constantFrom(
  {},
  { offVariant: 'y' },
  { offVariant: 'y', prerequisites: [{ key: 'base', variation: 'on' }] },
);

const segments = fc.tuple(clauses, clauses).map(([one, two]) => ({
  one: { included: ['u1'], rules: [{ clauses: withoutSegments(one) }] },
  two: { excluded: ['v1'], rules: [{ clauses: withoutSegments(two) }] },
  nobody: {},
}));

const THERE: ClauseDefinition = { attribute: 'n', operator: 'exists' };

function withoutSegments(list: readonly ClauseDefinition[]): readonly ClauseDefinition[] {
  const own = list.filter(({ operator }) => operator !== 'inSegment');
  return own.length === 0 ? [THERE] : own;
}

function snapshotOf(definition: FlagDefinition, more: FlagDocument = {}): ReturnType<typeof compile> {
  const document = {
    attributes: ATTRIBUTES,
    segments: { one: {}, two: {}, nobody: {} },
    ...more,
    flags: { f: definition },
  };
  return compile({ document, revision: 'test' });
}

function findings(
  snapshot: ReturnType<typeof compile>,
  code: string,
): readonly { path: readonly unknown[]; message: string }[] {
  const severities = new Map([[code, 'warning' as const]]);
  return lint({ snapshot, issues: [] }, { now: 0, severities }).filter((issue) => issue.code === code);
}

/** The contexts a finding speaks of. */
function meant(message: string): (context: Readonly<Record<string, unknown>>) => boolean {
  const without = /^only contexts without "(\w+)"/.exec(message)?.[1];
  if (without === 'key') return ({ targetingKey }) => targetingKey !== undefined;
  if (without === 'plan') return ({ plan }) => plan !== undefined && plan !== '';
  const unless = /unless "(\w+)" is a list/.exec(message)?.[1];
  return unless === undefined ? () => true : (context) => !isList(context[unless]);
}

const RUNS = { numRuns: 100 };

describe('what is found holds of every context', () => {
  it.each(['shadowed-rule', 'impossible-rule', 'impossible-clause'])('%s: the rule never decides', (code) => {
    let found = 0;
    fc.assert(
      fc.property(flag, segments, (definition, groups) => {
        const snapshot = snapshotOf(definition, { segments: groups } as FlagDocument);
        for (const { path, message } of findings(snapshot, code)) {
          if (path[0] !== 'flags') continue;
          found++;
          const id = `rule-${path[3]}`;
          const decides = CONTEXTS.filter(meant(message)).find(
            (context) => evaluate(snapshot, 'f', undefined, context).ruleId === id,
          );
          expect({ message, path, decides }).toMatchObject({ decides: undefined });
        }
      }),
      RUNS,
    );
    expect(found).toBeGreaterThan(0);
  });

  it('no-effect-rule: without the rules the same is served', () => {
    let found = 0;
    fc.assert(
      fc.property(flag, (definition) => {
        const snapshot = snapshotOf(definition);
        const last = findings(snapshot, 'no-effect-rule').map(({ path }) => path[3]);
        if (last.length === 0) return;
        found++;
        const rules = definition.rules!.filter((_, i) => !last.includes(i));
        const other = snapshotOf({ ...definition, rules });
        const differs = CONTEXTS.find(
          (context) =>
            evaluate(other, 'f', undefined, context).variant !== evaluate(snapshot, 'f', undefined, context).variant,
        );
        expect(differs).toBeUndefined();
      }),
      RUNS,
    );
    expect(found).toBeGreaterThan(0);
  });

  it('always-true-clause: where the attribute is there, and is what it is declared to be, it holds', () => {
    let found = 0;
    fc.assert(
      fc.property(clause, (one) => {
        const snapshot = snapshotOf({ type: 'boolean', default: false, rules: [{ clauses: [one], variation: 'on' }] });
        for (const _ of findings(snapshot, 'always-true-clause')) {
          found++;
          const name = one.attribute === 'key' ? 'targetingKey' : one.attribute!;
          const without = CONTEXTS.filter(
            (context) => one.operator === 'exists' || typeof context[name] === 'string',
          ).find((context) => evaluate(snapshot, 'f', undefined, context).value !== true);
          expect(without).toBeUndefined();
        }
      }),
      { numRuns: 500 },
    );
    expect(found).toBeGreaterThan(0);
  });

  it('unused-variant, unmet-prerequisite: the variant is never served', () => {
    let found = 0;
    fc.assert(
      fc.property(flag, fc.constantFrom('x', 'y', 'z'), ofBase, (rules, variation, more) => {
        const definition: FlagDefinition = { ...rules, ...more };
        const needs: FlagDefinition = { type: 'boolean', default: true, prerequisites: [{ key: 'f', variation }] };
        const document: FlagDocument = {
          attributes: ATTRIBUTES,
          segments: { one: {}, two: {}, nobody: {} },
          flags: { f: definition, needs, base: BASE },
        };
        const snapshot = compile({ document, revision: 'test' });
        const served = new Set(CONTEXTS.map((context) => evaluate(snapshot, 'f', undefined, context).variant));
        for (const { path } of findings(snapshot, 'unused-variant')) {
          found++;
          expect(served).not.toContain(path[3]);
        }
        if (findings(snapshot, 'unmet-prerequisite').length === 0) return;
        found++;
        expect(served).not.toContain(variation);
      }),
      RUNS,
    );
    expect(found).toBeGreaterThan(0);
  });
});

const variable = fc.constantFrom({ var: 'plan' }, { var: 'n' });
const condition: fc.Arbitrary<unknown> = fc.letrec<{ condition: unknown; leaf: unknown }>((tie) => ({
  leaf: fc
    .oneof(
      { weight: 3, arbitrary: fc.tuple(fc.constantFrom('<', '<=', '>', '>='), variable, fc.constantFrom(0, 1, 2, 3)) },
      fc.tuple(fc.constantFrom('<', '<=', '>', '>='), fc.constantFrom(0, 1, 2, 3), variable),
      fc.tuple(fc.constantFrom('==', '==='), variable, fc.constantFrom('a', 'ab', 'b', 1, 2)),
      fc.tuple(fc.constant('in'), variable, texts),
      fc.tuple(fc.constant('in'), variable, numbers),
      fc.tuple(fc.constantFrom('starts_with', 'ends_with'), variable, fc.constantFrom('a', 'ab', 'b')),
      fc.tuple(fc.constantFrom('<', '>='), fc.constant({ var: '$flagd.flagKey' }), fc.constantFrom(0.2, 0.5, 0.8)),
      fc.tuple(fc.constantFrom('==', '<'), fc.constantFrom(1, 2), fc.constantFrom(1, 2)),
    )
    .map((parts) => ({ [parts[0] as string]: parts.slice(1) })),
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: tie('leaf') },
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((or) => ({ or })),
    tie('condition').map((not) => ({ '!': [not] })),
  ),
})).condition;

describe('what is found in JSON Logic holds of every context', () => {
  it('unreachable-branch, impossible-condition, constant-condition: the branch is never taken', () => {
    let found = 0;
    fc.assert(
      fc.property(fc.array(condition, { minLength: 2, maxLength: 4 }), (conditions) => {
        const variants = Object.fromEntries([...conditions, 'else'].map((_, i) => [`v${i}`, `v${i}`]));
        const targeting = { if: [...conditions.flatMap((one, i) => [one, `v${i}`]), `v${conditions.length}`] };
        const snapshot = snapshotOf({ variants, defaultVariant: 'v0', targeting });
        const found_ = ['unreachable-branch', 'impossible-condition', 'constant-condition'].flatMap((code) =>
          findings(snapshot, code),
        );
        for (const { path, message } of found_) {
          // of the conditions themselves, not of their operands
          if (path.length !== 5 || typeof path[4] !== 'number' || !message.includes('never')) continue;
          found++;
          const variant = `v${path[4] / 2}`;
          const taken = CONTEXTS.find((context) => evaluate(snapshot, 'f', undefined, context).variant === variant);
          expect({ message, path, taken }).toMatchObject({ taken: undefined });
        }
      }),
      { numRuns: 150 },
    );
    expect(found).toBeGreaterThan(0);
  });

  it('impossible-condition: the "and" never holds', () => {
    let found = 0;
    fc.assert(
      fc.property(fc.array(condition, { minLength: 2, maxLength: 3 }), (and) => {
        const snapshot = snapshotOf({
          type: 'boolean',
          default: false,
          targeting: { if: [{ and }, 'on', 'off'] },
        });
        if (!findings(snapshot, 'impossible-condition').some(({ path }) => path.length === 7)) return;
        found++;
        expect(CONTEXTS.find((context) => evaluate(snapshot, 'f', undefined, context).value !== false)).toBeUndefined();
      }),
      { numRuns: 150 },
    );
    expect(found).toBeGreaterThan(0);
  });
});
