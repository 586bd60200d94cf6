import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Explanation, Snapshot } from '../src/index.ts';
import {
  compile,
  evaluate,
  evaluateAll,
  explain,
  FlagError,
  formatExplanation,
  formatIssue,
  validate,
} from '../src/index.ts';
import { facts, load, loadShared, reload, setOf } from './support.ts';

const CLAUSES = [
  { attribute: 'plan', operator: 'eq', values: ['pro'] },
  { attribute: 'age', operator: 'gt', values: [18] },
  { attribute: 'version', operator: 'semver', values: ['>=2'] },
  { attribute: 'groups', operator: 'contains', values: ['beta'], negate: true },
  { operator: 'inSegment', values: ['s'] },
  { attribute: 'email', operator: 'matches', values: ['@x\\.com$'] },
];
const VARIANTS = [
  { name: 'a', value: 'A' },
  { name: 'b', value: 'B' },
  { name: 'c', value: 'C' },
];
const VARIATION = fc.constantFrom<unknown>('a', 'b', 'c', 0, 1, 2);
const ROLLOUT = fc
  .tuple(VARIATION, VARIATION, fc.integer({ min: 0, max: 100_000 }), fc.constantFrom(undefined, 'company', 'key'))
  .map(([one, two, weight, bucketBy]) => ({
    ...(bucketBy === undefined ? {} : { bucketBy }),
    variations: [
      { variation: one, weight },
      { variation: two, weight: 100_000 - weight },
    ],
  }));
const RULE = fc
  .tuple(
    fc.option(fc.subarray(CLAUSES, { maxLength: 2 }), { nil: undefined }),
    fc.oneof(
      VARIATION.map((variation) => ({ variation })),
      fc.tuple(VARIATION, fc.nat({ max: 100 })).map(([variation, percentage]) => ({ variation, percentage })),
      ROLLOUT.map((rollout) => ({ rollout })),
    ),
  )
  .map(([clauses, serve]) => ({ ...(clauses === undefined ? {} : { clauses }), ...serve }));
const TARGETING = fc.constantFrom<unknown>(
  { if: [{ '==': [{ var: 'plan' }, 'pro'] }, 'a', null] },
  {
    fractional: [
      ['a', 1],
      ['b', 1],
    ],
  },
  { if: [{ $ref: 'e' }, 'b', { fractional: [{ var: 'company' }, ['a', 1], ['c', 2]] }] },
  { var: 'plan' },
  { if: [{ in_segment: ['s'] }, 'nope', 'c'] },
  { if: [{ '<': [{ var: '$flagd.flagKey' }, 0.4] }, 'a', 'b'] },
  null,
);

/** A sound flag of any make. */
const FLAG = fc
  .record(
    {
      enabled: fc.constantFrom(true, true, true, false),
      default: fc.constantFrom('A', 'other'),
      defaultVariant: fc.constantFrom('a', 'b'),
      offVariant: fc.constantFrom('c'),
      targets: fc.array(fc.record({ variation: VARIATION, values: fc.subarray(['u1', 'u2', 'u3']) }), { maxLength: 2 }),
      prerequisites: fc.array(fc.record({ key: fc.constantFrom('f3', 'f4', 'f5', 'gone'), variation: VARIATION }), {
        maxLength: 2,
      }),
      fallthrough: fc.oneof(
        VARIATION,
        ROLLOUT.map((rollout) => ({ rollout })),
      ),
      salt: fc.constantFrom('x', ''),
      experiment: fc.boolean(),
      metadata: fc.constantFrom({ team: 'x' }),
    },
    { requiredKeys: [] },
  )
  .chain((flag) =>
    fc.oneof(
      fc.array(RULE, { maxLength: 3 }).map((rules) => ({ ...flag, rules })),
      TARGETING.map((targeting) => ({ ...flag, targeting })),
    ),
  )
  .chain((flag) =>
    fc.array(fc.nat({ max: 3 }), { minLength: 3, maxLength: 3 }).map((weights) => ({
      ...flag,
      type: 'string',
      variants: VARIANTS.map((variant, i) => ({ ...variant, weight: weights[i]! })),
    })),
  );
const DOCUMENT = fc
  .tuple(
    fc.array(FLAG, { minLength: 1, maxLength: 6 }),
    fc.option(fc.constantFrom<unknown>({ f0: 'A' }, { f1: { variant: 'b' }, gone: 5 }, { f4: 'new' }), {
      nil: undefined,
    }),
  )
  .map(([flags, overrides]) => ({
    flags: Object.fromEntries(flags.map((flag, i) => [`f${i}`, flag])),
    segments: { s: { included: ['u1'], rules: [{ clauses: [CLAUSES[0]] }] } },
    $evaluators: { e: { '>': [{ var: 'age' }, 18] } },
    ...(overrides === undefined ? {} : { overrides }),
  }));
const CONTEXT = fc.record(
  {
    targetingKey: fc.constantFrom('u1', 'u2', 'u9', ''),
    plan: fc.constantFrom('pro', 'a', 'x'),
    age: fc.constantFrom(5, 40),
    version: fc.constantFrom('1.0.0', '3'),
    groups: fc.constantFrom(['beta'], []),
    email: fc.constant('a@x.com'),
    company: fc.constantFrom('c1', 'c2'),
  },
  { requiredKeys: [] },
);
const ANY = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withTypedArray: true,
  withSparseArray: true,
  maxDepth: 4,
});
const WORDS = [
  'flags',
  'segments',
  '$evaluators',
  'attributes',
  'overrides',
  'metadata',
  'type',
  'variants',
  'rules',
  'clauses',
  'rollout',
  'variations',
  'targeting',
  'prerequisites',
  'targets',
  'name',
  'value',
  'weight',
  'key',
  'variation',
  'values',
  'operator',
  'attribute',
  'if',
  'var',
  '$ref',
  'fractional',
  '__proto__',
  'constructor',
  'toString',
  'default',
  'defaultVariant',
  'enabled',
];

/** JSON that has the words of a document in the wrong places. */
const WORDY = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(
      fc.constantFrom<unknown>(null, true, false, 0, 1, -1, 0.5, 'a', '', 'eq', 'boolean', 'string', 'on', Number.NaN),
      fc.constantFrom(...WORDS),
    ),
    fc.array(tie('node'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...WORDS), tie('node')), { maxLength: 5 })
      .map((pairs) => Object.fromEntries(pairs)),
  ),
})).node;

/** A sound document in which a few places hold something else. */
const MUTATED = fc
  .tuple(
    DOCUMENT,
    fc.array(
      fc.tuple(
        fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 9 }),
        fc.oneof(ANY, WORDY, fc.constant(undefined)),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([document, mutations]) => {
    const copy = structuredClone(document) as unknown;
    for (const [path, value] of mutations) {
      let at = copy as Record<string, unknown>;
      for (const step of path) {
        const names = Object.keys(at);
        if (names.length === 0) break;
        const name = names[step % names.length]!;
        const inner = at[name];
        if (typeof inner !== 'object' || inner === null || step === path.at(-1)) {
          try {
            at[name] = value;
          } catch {
            // a typed array takes only numbers
          }
          break;
        }
        at = inner as Record<string, unknown>;
      }
    }
    return copy;
  });

function ask(snapshot: Snapshot, contexts: readonly unknown[]): void {
  for (const context of contexts) {
    // a Map may be keyed by anything; what is no text names no flag
    for (const key of [...snapshot.flags.keys(), 'none'].filter((one) => typeof one === 'string')) {
      const found = evaluate(snapshot, key, undefined, context as never, 1_000);
      expect(found.key).toBe(key);
      expect(found.errorCode === undefined).toBe(found.reason !== 'ERROR');
      if (found.reason === 'ERROR') expect(found.value).toBeUndefined();
      for (const type of ['boolean', 'string', 'number', 'integer', 'object'] as const) {
        const typed = evaluate(snapshot, key, type, context as never, 1_000);
        if (typed.errorCode === undefined && typed.value !== undefined) {
          if (type === 'integer') expect(Number.isSafeInteger(typed.value)).toBe(true);
          else if (type !== 'object') expect(typeof typed.value).toBe(type);
        }
      }
      const explanation = explain(snapshot, key, context as never, 1_000);
      expect(facts(explanation.evaluation)).toEqual(facts(found));
      expect(formatExplanation(explanation)).toContain(key);
    }
    expect([...evaluateAll(snapshot, context as never, 1_000).keys()].sort()).toEqual(
      [...snapshot.flags.keys()].sort(),
    );
  }
}

/** A `Map` of flags is keyed by text: its type says so, and no text form has another. */
function keyedByText(document: unknown): boolean {
  const { flags } = (document ?? {}) as { flags?: unknown };
  return !(flags instanceof Map) || [...flags.keys()].every((key) => typeof key === 'string');
}

function load_(document: unknown, previous?: Snapshot): Snapshot | undefined {
  fc.pre(keyedByText(document));
  const issues = validate(document);
  for (const issue of issues) expect(formatIssue(issue)).toBeTruthy();
  try {
    return compile(setOf(document), previous);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(FlagError);
    expect((thrown as FlagError).code).toBe('PARSE_ERROR');
    expect(issues.some(({ severity }) => severity === 'error')).toBe(true);
    return undefined;
  }
}

const ODD_CONTEXTS = fc.array(fc.oneof(CONTEXT, ANY), { minLength: 1, maxLength: 3 });

describe('nothing throws', () => {
  test('anything as a document', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          ANY,
          WORDY,
          ANY.map((flags) => ({ flags })),
          ANY.map((a) => ({ flags: { a } })),
          ANY.map((a) => ({ flags: { a: { type: 'json', default: a } } })),
          ANY.map((targeting) => ({ flags: { a: { type: 'boolean', targeting } } })),
        ),
        ODD_CONTEXTS,
        (document, contexts) => {
          const snapshot = load_(document);
          if (snapshot !== undefined) ask(snapshot, contexts);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('words of a document in the wrong places', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('flags', 'segments', '$evaluators', 'attributes', 'overrides', 'metadata'),
          fc.oneof(WORDY, fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), WORDY)),
        ),
        ODD_CONTEXTS,
        (document, contexts) => {
          const snapshot = load_(document);
          if (snapshot !== undefined) ask(snapshot, contexts);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a sound document with something else in a few places, from scratch and over the sound one', () => {
    fc.assert(
      fc.property(DOCUMENT, MUTATED, ODD_CONTEXTS, (sound, mutated, contexts) => {
        const previous = loadShared(sound);
        for (const snapshot of [load_(mutated), load_(mutated, previous)])
          if (snapshot !== undefined) ask(snapshot, contexts);
        let next: Snapshot | undefined;
        try {
          next = reload(previous, mutated);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'PARSE_ERROR' });
        }
        if (next !== undefined) ask(next, contexts);
      }),
      { numRuns: 150 },
    );
  });
});

describe('explain', () => {
  /** What the last step says was decided. */
  function agrees({ evaluation, steps, key }: Explanation): unknown {
    expect(evaluation.key).toBe(key);
    const last = steps.at(-1)!;
    const earlier = steps.slice(0, -1);
    for (const step of earlier) {
      if (step.kind === 'prerequisite') expect(step.held).toBe(true);
      else if (step.kind === 'target') expect(step.matched).toBe(false);
      else if (step.kind === 'rule') expect(step.served).toBe(false);
      else if (step.kind === 'targeting') expect(step.result ?? null).toBeNull();
      else throw new Error(`${step.kind} is not the last step`);
    }
    switch (last.kind) {
      case 'unknown':
        return expect(evaluation.errorCode).toBe('FLAG_NOT_FOUND');
      case 'unusable':
        return expect(evaluation.errorCode).toBe('PARSE_ERROR');
      case 'override':
        return expect(evaluation.override).toBe(true);
      case 'disabled':
        return expect(evaluation.reason).toBe('OFF');
      case 'prerequisite':
        expect(last.held).toBe(false);
        return expect(evaluation).toMatchObject({ reason: 'PREREQUISITE_FAILED', prerequisiteKey: last.key });
      case 'target':
        expect(last.matched).toBe(true);
        return expect(evaluation).toMatchObject({ reason: 'TARGET_MATCH', override: false });
      case 'rule': {
        expect(last).toMatchObject({ matched: true, served: true });
        expect(evaluation).toMatchObject({ reason: 'RULE_MATCH', ruleId: last.id, split: last.bucket !== undefined });
        if (last.bucket !== undefined) {
          const { bucket, ranges } = last.bucket;
          const range = ranges.find(({ from, to }) => bucket! >= from && bucket! < to);
          return expect(range?.variant).toBe(evaluation.variant);
        }
        return undefined;
      }
      case 'targeting':
        if (evaluation.reason === 'ERROR') return expect(evaluation.errorCode).toBe('GENERAL');
        return expect(evaluation).toMatchObject({
          reason: 'RULE_MATCH',
          ruleId: 'targeting',
          variant: String(last.result),
        });
      default: {
        expect(evaluation.reason).toBe('FALLTHROUGH');
        if (last.bucket?.bucket === undefined) return expect(evaluation.split).toBe(false);
        const { bucket, ranges } = last.bucket;
        return expect(ranges.find(({ from, to }) => bucket >= from && bucket < to)?.variant).toBe(evaluation.variant);
      }
    }
  }

  test('its evaluation is what `evaluate` answers, and its steps agree: the last one decides', () => {
    fc.assert(
      fc.property(DOCUMENT, fc.array(CONTEXT, { minLength: 1, maxLength: 4 }), (document, contexts) => {
        const snapshot = load(document);
        for (const context of contexts) {
          for (const key of [...snapshot.flags.keys(), 'none']) {
            const explanation = explain(snapshot, key, context);
            expect(facts(explanation.evaluation)).toEqual(facts(evaluate(snapshot, key, undefined, context)));
            agrees(explanation);
            for (const step of explanation.steps) if (step.kind === 'prerequisite') agrees(step.explanation);
            for (const step of explanation.steps) {
              if (step.kind !== 'rule' || step.bucket === undefined) continue;
              const { ranges, total } = step.bucket;
              expect(ranges[0]!.from).toBe(0);
              expect(ranges.at(-1)!.to).toBe(total);
              for (const [i, range] of ranges.entries()) if (i > 0) expect(range.from).toBe(ranges[i - 1]!.to);
            }
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('without a context, and with null for one', () => {
    const snapshot = load({
      flags: {
        f: {
          type: 'boolean',
          default: false,
          rules: [{ clauses: [CLAUSES[0]], variation: 1 }],
          targets: [{ variation: 1, values: ['x'] }],
        },
      },
    });
    const expected = explain(snapshot, 'f', {});
    expect(expected.steps.map(({ kind }) => kind)).toEqual(['target', 'rule', 'fallthrough']);
    expect(explain(snapshot, 'f').steps).toEqual(expected.steps);
    expect(explain(snapshot, 'f', null as never).steps).toEqual(expected.steps);
  });

  test('flags reached by many ways are told once: 16 flags, each needing all that follow', () => {
    const flags = Object.fromEntries(
      Array.from({ length: 16 }, (_, i) => [
        `d${i}`,
        {
          type: 'boolean',
          default: true,
          prerequisites: Array.from({ length: 15 - i }, (_, j) => ({ key: `d${i + 1 + j}`, variation: 'on' })),
        },
      ]),
    );
    const snapshot = load({ flags });
    expect(evaluate(snapshot, 'd0').value).toBe(true);
    expect(formatExplanation(explain(snapshot, 'd0')).length).toBeLessThan(100_000);
  });

  test('a flag that serves its last good form is explained by it', () => {
    const first = loadShared({ flags: { f: { type: 'boolean', default: false, rules: [{ variation: 1 }] } } });
    const second = reload(first, { flags: { f: { type: 'nope' } } });
    const found = explain(second, 'f');
    expect(found.evaluation.value).toBe(true);
    agrees(found);
  });

  test('a flag whose shared evaluator broke is explained by its last good form', () => {
    const flags = { f: { type: 'boolean', default: false, targeting: { if: [{ $ref: 'e' }, true, null] } } };
    const first = loadShared({ flags, $evaluators: { e: { '==': [1, 1] } } });
    const second = reload(first, { flags, $evaluators: { e: { nope: 1 } } });
    const found = explain(second, 'f');
    expect(found.evaluation.value).toBe(true);
    expect(found.steps.at(-1)).toMatchObject({ kind: 'targeting', result: true });
  });
});
