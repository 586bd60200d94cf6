import { expect, it } from 'vitest';
import { Problem } from '../http/problem.ts';
import { checkSpec } from './check.ts';

const many = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const clause = (values: number): object => ({ attribute: 'a', operator: 'eq', values: many(values, String) });

/** The paths and messages of what is wrong. */
function wrong(kind: string, spec: unknown): readonly string[] {
  try {
    checkSpec(kind, spec);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    expect(thrown.code).toBe('INVALID_SPEC');
    return thrown.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  }
}

it('takes what is large, and can be handled', () => {
  const rules = many(100, () => ({ clauses: many(10, () => clause(50)), variation: 'on' }));
  const targets = many(10, () => ({ variation: 'on', values: many(1_000, String) }));
  expect(wrong('FeatureFlagStage', { rules, targets })).toEqual([]);
  expect(wrong('ChangeRequest', { projectId: 'a', stageId: 'b', featureFlagId: 'c', rules: null })).toEqual([]);
});

it.each([
  [
    'values',
    { rules: many(100, () => ({ clauses: many(10, () => clause(51)), variation: 'on' })) },
    'spec.rules: the rules have 51000 values',
  ],
  [
    'clauses',
    { rules: many(201, () => ({ clauses: many(50, () => clause(1)), variation: 'on' })) },
    'spec.rules: the rules have 10050 clauses',
  ],
  [
    'patterns',
    {
      rules: [
        { clauses: [{ attribute: 'a', operator: 'semver', values: many(1_001, (i) => `^1.${i}`) }], variation: 1 },
      ],
    },
    'spec.rules: the rules have 1001 patterns of `matches` and `semver`',
  ],
  [
    'targets',
    { targets: many(100, () => ({ variation: 'on', values: many(501, String) })) },
    'spec.targets: the targets have 50100 values',
  ],
  ['text', { targeting: { '==': [{ var: 'a' }, 'é'.repeat(270_000)] } }, 'spec: the spec has 540037 bytes'],
])('takes no more %s than can be handled', (_, spec, expected) => {
  expect(wrong('FeatureFlagStage', spec)).toEqual([expected]);
});

it('does not count what has not its shape', () => {
  expect(wrong('FeatureFlagStage', { rules: 'x'.repeat(600_000) })).toHaveLength(1);
});
