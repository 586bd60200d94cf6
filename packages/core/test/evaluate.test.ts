import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../src/index.ts';
import { evaluate, evaluateAll, evaluationOf } from '../src/index.ts';
import { answer, facts, load } from './support.ts';

/** A string flag in which every stage of the decision would serve a variant of its own. */
const VARIANTS = ['off', 'target', 'rule', 'weighted', 'fallthrough', 'defaulted', 'overridden'].map((name) => ({
  name,
  value: `v-${name}`,
}));
const TARGETS = [{ variation: 'target', values: ['listed'] }];
const RULES = [{ id: 'pro', clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 'rule' }];
const WEIGHTED = VARIANTS.map((variant) => (variant.name === 'weighted' ? { ...variant, weight: 1 } : variant));
const OTHER = { other: { type: 'boolean', default: true }, never: { type: 'boolean', enabled: false, default: true } };
const HOLDS = [{ key: 'other', variation: 'on' }];
const FAILS = [{ key: 'other', variation: 'off' }];
const PRO = { targetingKey: 'u', plan: 'pro' };
const LISTED = { targetingKey: 'listed', plan: 'pro' };
const NOBODY = { targetingKey: 'u' };

interface Row {
  readonly name: string;
  readonly flag: Record<string, unknown>;
  readonly context: Record<string, unknown>;
  readonly override?: unknown;
  readonly expected: Partial<Evaluation> & { readonly standard: string };
}

const base = { type: 'string', variants: VARIANTS };
const ROWS: readonly Row[] = [
  {
    name: 'an override wins over a disabled flag with failing prerequisites',
    flag: { ...base, enabled: false, offVariant: 'off', prerequisites: FAILS, rules: RULES },
    context: PRO,
    override: { variant: 'overridden' },
    expected: {
      value: 'v-overridden',
      variant: 'overridden',
      variationIndex: 6,
      reason: 'TARGET_MATCH',
      standard: 'STATIC',
      override: true,
    },
  },
  {
    name: 'disabled: offVariant before everything that follows',
    flag: {
      ...base,
      enabled: false,
      offVariant: 'off',
      default: 'd',
      defaultVariant: 'defaulted',
      prerequisites: FAILS,
      targets: TARGETS,
      rules: RULES,
    },
    context: LISTED,
    expected: { value: 'v-off', variant: 'off', variationIndex: 0, reason: 'OFF', standard: 'DISABLED' },
  },
  {
    name: 'disabled: default where there is no offVariant',
    flag: { ...base, enabled: false, default: 'd', defaultVariant: 'defaulted' },
    context: NOBODY,
    expected: { value: 'd', variant: undefined, variationIndex: -1, reason: 'OFF', standard: 'DISABLED' },
  },
  {
    name: 'disabled: a default that is the value of a variant has its name and index',
    flag: { ...base, enabled: false, default: 'v-rule' },
    context: NOBODY,
    expected: { value: 'v-rule', variant: 'rule', variationIndex: 2, reason: 'OFF', standard: 'DISABLED' },
  },
  {
    name: "disabled: never defaultVariant, but the caller's default",
    flag: { ...base, enabled: false, defaultVariant: 'defaulted' },
    context: NOBODY,
    expected: { value: undefined, variant: undefined, variationIndex: -1, reason: 'OFF', standard: 'DISABLED' },
  },
  {
    name: "state: DISABLED is flagd's word for it",
    flag: { ...base, state: 'DISABLED', offVariant: 'off' },
    context: NOBODY,
    expected: { value: 'v-off', reason: 'OFF', standard: 'DISABLED' },
  },
  {
    name: 'a prerequisite fails: offVariant, and the prerequisite by name',
    flag: { ...base, offVariant: 'off', prerequisites: [...HOLDS, ...FAILS], targets: TARGETS, rules: RULES },
    context: LISTED,
    expected: {
      value: 'v-off',
      variant: 'off',
      reason: 'PREREQUISITE_FAILED',
      standard: 'PREREQUISITE_FAILED',
      prerequisiteFailed: true,
      prerequisiteKey: 'other',
      errorCode: undefined,
    },
  },
  {
    name: 'a prerequisite fails: default',
    flag: { ...base, prerequisites: FAILS, default: 'd', defaultVariant: 'defaulted' },
    context: PRO,
    expected: { value: 'd', reason: 'PREREQUISITE_FAILED', standard: 'PREREQUISITE_FAILED' },
  },
  {
    name: "a prerequisite fails: the caller's default",
    flag: { ...base, prerequisites: FAILS, defaultVariant: 'defaulted' },
    context: PRO,
    expected: {
      value: undefined,
      variant: undefined,
      reason: 'PREREQUISITE_FAILED',
      standard: 'PREREQUISITE_FAILED',
      errorCode: undefined,
    },
  },
  {
    name: 'targets before rules',
    flag: { ...base, prerequisites: HOLDS, targets: TARGETS, rules: RULES, defaultVariant: 'defaulted' },
    context: LISTED,
    expected: {
      value: 'v-target',
      variant: 'target',
      variationIndex: 1,
      reason: 'TARGET_MATCH',
      standard: 'TARGETING_MATCH',
      ruleId: undefined,
    },
  },
  {
    name: 'rules before the weighted fallthrough',
    flag: { ...base, variants: WEIGHTED, targets: TARGETS, rules: RULES, defaultVariant: 'defaulted' },
    context: PRO,
    expected: {
      value: 'v-rule',
      variant: 'rule',
      variationIndex: 2,
      reason: 'RULE_MATCH',
      standard: 'TARGETING_MATCH',
      ruleId: 'pro',
      split: false,
    },
  },
  {
    name: 'targeting in the place of rules',
    flag: {
      ...base,
      targeting: { if: [{ '==': [{ var: 'plan' }, 'pro'] }, 'rule', null] },
      defaultVariant: 'defaulted',
    },
    context: PRO,
    expected: {
      value: 'v-rule',
      variant: 'rule',
      reason: 'RULE_MATCH',
      standard: 'TARGETING_MATCH',
      ruleId: 'targeting',
    },
  },
  {
    name: 'targeting yields null: the fallthrough, DEFAULT',
    flag: {
      ...base,
      targeting: { if: [{ '==': [{ var: 'plan' }, 'pro'] }, 'rule', null] },
      defaultVariant: 'defaulted',
    },
    context: NOBODY,
    expected: {
      value: 'v-defaulted',
      variant: 'defaulted',
      reason: 'FALLTHROUGH',
      standard: 'DEFAULT',
      ruleId: undefined,
    },
  },
  {
    name: 'targeting that yields no variant: an error',
    flag: { ...base, targeting: { var: 'plan' }, defaultVariant: 'defaulted' },
    context: { plan: 'nobody-has-this' },
    expected: { value: undefined, variant: undefined, reason: 'ERROR', errorCode: 'GENERAL', standard: 'ERROR' },
  },
  {
    name: 'weighted variants before `fallthrough`',
    flag: {
      ...base,
      variants: WEIGHTED,
      rules: RULES,
      fallthrough: 'fallthrough',
      defaultVariant: 'defaulted',
      default: 'd',
    },
    context: NOBODY,
    expected: {
      value: 'v-weighted',
      variant: 'weighted',
      reason: 'FALLTHROUGH',
      standard: 'SPLIT',
      split: true,
      inExperiment: false,
    },
  },
  {
    name: '`fallthrough` by name before defaultVariant',
    flag: { ...base, rules: RULES, fallthrough: 'fallthrough', defaultVariant: 'defaulted', default: 'd' },
    context: NOBODY,
    expected: { value: 'v-fallthrough', variant: 'fallthrough', reason: 'FALLTHROUGH', standard: 'DEFAULT' },
  },
  {
    name: '`fallthrough` by position',
    flag: { ...base, fallthrough: { variation: 4 }, defaultVariant: 'defaulted' },
    context: NOBODY,
    expected: { value: 'v-fallthrough', variant: 'fallthrough', reason: 'FALLTHROUGH', standard: 'STATIC' },
  },
  {
    name: '`fallthrough` as a rollout',
    flag: { ...base, fallthrough: { rollout: { variations: [{ variation: 'fallthrough', weight: 100000 }] } } },
    context: NOBODY,
    expected: { value: 'v-fallthrough', reason: 'FALLTHROUGH', standard: 'SPLIT', split: true },
  },
  {
    name: 'defaultVariant before default',
    flag: { ...base, rules: RULES, defaultVariant: 'defaulted', default: 'd' },
    context: NOBODY,
    expected: {
      value: 'v-defaulted',
      variant: 'defaulted',
      variationIndex: 5,
      reason: 'FALLTHROUGH',
      standard: 'DEFAULT',
    },
  },
  {
    name: 'default',
    flag: { ...base, rules: RULES, default: 'd' },
    context: NOBODY,
    expected: { value: 'd', variant: undefined, variationIndex: -1, reason: 'FALLTHROUGH', standard: 'DEFAULT' },
  },
  {
    name: 'nothing at all, with rules',
    flag: { ...base, rules: RULES },
    context: NOBODY,
    expected: {
      value: undefined,
      variant: undefined,
      variationIndex: -1,
      reason: 'FALLTHROUGH',
      standard: 'DEFAULT',
      errorCode: undefined,
    },
  },
  {
    name: 'STATIC: a flag that has nothing but a default',
    flag: { ...base, default: 'd' },
    context: NOBODY,
    expected: { value: 'd', reason: 'FALLTHROUGH', standard: 'STATIC' },
  },
  {
    name: "DEFAULT: a flag that leaves it to the caller, even without rules (flagd's no default variant)",
    flag: base,
    context: NOBODY,
    expected: { value: undefined, reason: 'FALLTHROUGH', standard: 'DEFAULT' },
  },
];

describe('the order of evaluation and the value served (T9, T69)', () => {
  test.each(ROWS)('$name', ({ flag, context, override, expected }) => {
    const overrides = override === undefined ? {} : { overrides: { flag: override } };
    const snapshot = load({ flags: { flag, ...OTHER }, ...overrides });
    const found = evaluate(snapshot, 'flag', undefined, context);
    const { standard, ...rest } = expected;
    expect(found).toMatchObject(rest);
    for (const [name, value] of Object.entries(rest)) expect(found[name as keyof Evaluation], name).toEqual(value);
    expect(found.details.reason).toBe(standard);
    expect(found.details.value).toEqual(found.value);
    expect(found.details.variant).toEqual(found.variant);
    expect('variant' in found.details).toBe(found.variant !== undefined);
    expect('errorCode' in found.details).toBe(found.errorCode !== undefined);
    expect(found.key).toBe('flag');
    expect(found.prerequisiteFailed).toBe(found.reason === 'PREREQUISITE_FAILED');
    expect(found.override).toBe(override !== undefined);
  });

  test.each(ROWS)('evaluateAll says the same: $name', ({ flag, context, override }) => {
    const overrides = override === undefined ? {} : { overrides: { flag: override } };
    const snapshot = load({ flags: { flag, ...OTHER }, ...overrides });
    const all = evaluateAll(snapshot, context);
    expect([...all.keys()].sort()).toEqual(['flag', 'never', 'other']);
    for (const [key, found] of all) expect(facts(found)).toEqual(facts(evaluate(snapshot, key, undefined, context)));
  });
});

describe('metadata marks (T114, T68)', () => {
  const rule = { clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 'on' };
  const flag = { variants: { off: false, on: true }, defaultVariant: 'off', rules: [rule] };

  test('nothing fired and no metadata: empty', () => {
    expect(answer({ type: 'boolean', default: true }).details.flagMetadata).toEqual({});
    expect(answer(flag).details.flagMetadata).toEqual({});
    expect(answer({ ...flag, enabled: false }).details.flagMetadata).toEqual({});
  });

  test('a rule fired: our marks, beside the author’s own', () => {
    const { flagMetadata } = answer({ ...flag, metadata: { team: 'a', cost: 2, gold: true } }, { plan: 'pro' }).details;
    expect(flagMetadata).toMatchObject({
      team: 'a',
      cost: 2,
      gold: true,
      ruleId: 'rule-0',
      variationIndex: 1,
      engineReason: 'RULE_MATCH',
    });
    for (const value of Object.values(flagMetadata)) expect(['string', 'number', 'boolean']).toContain(typeof value);
  });

  test('marks never replace what the author wrote', () => {
    const metadata = {
      ruleId: 'mine',
      variationIndex: 'mine',
      engineReason: 'mine',
      override: 'mine',
      inExperiment: 'mine',
    };
    expect(answer({ ...flag, metadata }, { plan: 'pro' }).details.flagMetadata).toMatchObject(metadata);
  });

  test('the flag’s metadata over the set’s', () => {
    const found = answer({ ...flag, metadata: { a: 'flag' } }, {}, { metadata: { a: 'set', b: 'set' } });
    expect(found.details.flagMetadata).toEqual({ a: 'flag', b: 'set' });
  });

  test('nothing fired: the author’s metadata and nothing else', () => {
    expect(answer({ ...flag, metadata: { a: 1 } }).details.flagMetadata).toEqual({ a: 1 });
  });

  test('the complete evaluation rides on the metadata, invisibly and frozen', () => {
    for (const context of [{}, { plan: 'pro' }]) {
      const found = answer(flag, context);
      expect(evaluationOf(found.details.flagMetadata)).toBe(found);
      expect(JSON.stringify(found.details.flagMetadata)).not.toContain('details');
      for (const part of [found, found.details, found.details.flagMetadata]) expect(Object.isFrozen(part)).toBe(true);
    }
    const missing = evaluate(load({}), 'x');
    expect(evaluationOf(missing.details.flagMetadata)).toBe(missing);
    expect(evaluationOf({ ruleId: 'x' })).toBeUndefined();
    expect(evaluationOf(undefined)).toBeUndefined();
  });

  test('a set’s metadata is told of a flag that is not there', () => {
    const found = evaluate(load({ metadata: { flagSetId: 's' } }), 'x');
    expect(found).toMatchObject({ errorCode: 'FLAG_NOT_FOUND', reason: 'ERROR', value: undefined });
    expect(found.details.flagMetadata).toEqual({ flagSetId: 's' });
  });
});

describe('types', () => {
  const snapshot = load({
    flags: {
      b: { type: 'bool', default: true },
      s: { type: 'string', default: 'x' },
      i: { type: 'int', default: 3 },
      n: { type: 'float', default: 3.7 },
      whole: { type: 'number', default: 3 },
      j: { type: 'json', default: { a: [1] } },
      text: { type: 'json', default: 'text' },
      mixed: { variants: { a: 1, b: 'x' }, defaultVariant: 'b' },
      off: { type: 'string', enabled: false },
      bad: { type: 'string', default: 3 },
    },
  });
  const OK = undefined;
  const BAD = 'TYPE_MISMATCH';
  test.each([
    ['b', 'boolean', OK],
    ['b', 'string', BAD],
    ['b', 'number', BAD],
    ['b', 'integer', BAD],
    ['b', 'object', BAD],
    ['s', 'string', OK],
    ['s', 'boolean', BAD],
    ['s', 'object', BAD],
    ['i', 'integer', OK],
    ['i', 'number', OK],
    ['i', 'string', BAD],
    ['n', 'number', OK],
    ['n', 'integer', BAD],
    ['n', 'boolean', BAD],
    ['whole', 'integer', OK],
    ['j', 'object', OK],
    ['j', 'string', BAD],
    ['j', 'boolean', BAD],
    ['text', 'object', OK],
    ['text', 'string', BAD],
    ['mixed', 'string', OK],
    ['mixed', 'number', BAD],
    ['off', 'boolean', OK],
    ['bad', 'number', 'PARSE_ERROR'],
    ['none', 'number', 'FLAG_NOT_FOUND'],
  ] as const)('%s asked for as %s: %s', (key, type, code) => {
    const found = evaluate(snapshot, key, type);
    expect(found.errorCode).toBe(code);
    expect(found.details.errorCode).toBe(code);
    if (code !== undefined)
      expect(found).toMatchObject({ value: undefined, variant: undefined, reason: 'ERROR', variationIndex: -1 });
  });

  test('object values are frozen to the bottom and shared', () => {
    const found = evaluate(snapshot, 'j', 'object');
    expect(Object.isFrozen(found.value)).toBe(true);
    expect(Object.isFrozen((found.value as { a: unknown }).a)).toBe(true);
    expect(evaluate(snapshot, 'j', 'object')).toBe(found);
  });
});

describe('time (T115)', () => {
  const timed = {
    variants: { on: true, off: false },
    defaultVariant: 'off',
    targeting: { if: [{ '>=': [{ var: '$flagd.timestamp' }, 100] }, 'on', null] },
  };
  const flags = {
    timed,
    behind: {
      type: 'boolean',
      default: false,
      prerequisites: [{ key: 'timed', variation: 'on' }],
      rules: [{ variation: 1 }],
    },
    behind2: {
      type: 'boolean',
      default: false,
      prerequisites: [{ key: 'behind', variation: 'on' }],
      rules: [{ variation: 1 }],
    },
  };

  test.each(['timed', 'behind', 'behind2'])('%s sees `now` in seconds', (key) => {
    const snapshot = load({ flags }, { clock: () => 99_999 });
    expect(evaluate(snapshot, key, 'boolean', {}).value).toBe(false);
    expect(evaluate(snapshot, key, 'boolean', {}, 100_000).value).toBe(true);
    expect(evaluate(snapshot, key, 'boolean', {}, 99_999).value).toBe(false);
    expect(evaluateAll(snapshot, {}, 100_000).get(key)!.value).toBe(true);
    expect(evaluateAll(snapshot, {}).get(key)!.value).toBe(false);
  });

  test('one reading of the clock for a whole evaluation', () => {
    let now = 99_000;
    let reads = 0;
    const clock = () => {
      reads += 1;
      now += 1_000;
      return now;
    };
    const snapshot = load({ flags }, { clock });
    expect(evaluate(snapshot, 'behind2', 'boolean', {}).value).toBe(true);
    expect(reads).toBe(1);
    evaluateAll(snapshot, {});
    expect(reads).toBe(2);
  });

  test('flags that do not depend on the time do not read the clock', () => {
    let reads = 0;
    const snapshot = load({ flags: { ...flags, plain: { type: 'boolean', default: true } } }, { clock: () => ++reads });
    evaluate(snapshot, 'plain');
    evaluate(snapshot, 'none');
    expect(reads).toBe(0);
  });
});
