import { type ClauseDefinition, compile, evaluate, type FlagDefinition, type FlagDocument } from '@flagwright/core';
import { expect, it } from 'vitest';
import { declaredType, derivedSpecs } from './derive.ts';
import { generatedContexts } from './generate.ts';
import { readsOf } from './reads.ts';
import { parseSpecs } from './spec.ts';

const rule = (clause: Partial<ClauseDefinition>): FlagDefinition => ({
  type: 'boolean',
  default: false,
  rules: [{ clauses: [{ attribute: 'a', ...clause } as ClauseDefinition], variation: 'on' }],
});
const logic = (targeting: Record<string, unknown>): FlagDefinition => ({
  variants: { on: true, off: false },
  defaultVariant: 'off',
  targeting: { if: [targeting, 'on', 'off'] },
});

async function served(flag: FlagDefinition, more: FlagDocument = {}): Promise<ReadonlySet<unknown>> {
  const snapshot = compile({ document: { ...more, flags: { flag, ...more.flags } }, revision: '1' });
  const specs = derivedSpecs(readsOf(snapshot, 'flag'), (name) => declaredType(snapshot, name));
  const values = new Set<unknown>();
  for await (const batch of generatedContexts(parseSpecs(specs), 2_000, '1').batches()) {
    for (const context of batch) values.add(evaluate(snapshot, 'flag', undefined, context).value);
  }
  return values;
}

const CASES: readonly (readonly [string, FlagDefinition, FlagDocument?])[] = [
  ['eq', rule({ operator: 'eq', values: ['x'] })],
  ['neq', rule({ operator: 'neq', values: ['x'] })],
  ['in', rule({ operator: 'in', values: ['x', 'y', 5] })],
  ['a boolean', rule({ operator: 'eq', values: [true] })],
  ['a number', rule({ operator: 'eq', values: [7] })],
  ['gt', rule({ operator: 'gt', values: [18] })],
  ['lte', rule({ operator: 'lte', values: [0.25] })],
  ['contains', rule({ operator: 'contains', values: ['beta'] })],
  ['startsWith', rule({ operator: 'startsWith', values: ['ab'] })],
  ['endsWith', rule({ operator: 'endsWith', values: ['@example.com'] })],
  ['matches', rule({ operator: 'matches', values: ['^a.*@example\\.com$'] })],
  ['before', rule({ operator: 'before', values: ['2026-03-01'] })],
  ['semver', rule({ operator: 'semver', values: ['>=2.5.0'] })],
  ['cidr', rule({ operator: 'cidr', values: ['10.0.0.0/8'] })],
  ['exists', rule({ operator: 'exists' })],
  ['a dotted name', rule({ attribute: 'company.plan', operator: 'eq', values: ['pro'] })],
  ['a percentage', { type: 'boolean', default: false, rules: [{ variation: 'on', percentage: 50 }] }],
  [
    'bucketBy',
    {
      type: 'boolean',
      default: false,
      rules: [
        {
          rollout: {
            bucketBy: 'company',
            variations: [
              { variation: 'on', weight: 50_000 },
              { variation: 'off', weight: 50_000 },
            ],
          },
        },
      ],
    },
  ],
  ['==', logic({ '==': [{ var: 'a' }, 'x'] })],
  ['in a list', logic({ in: [{ var: 'a' }, ['x', 'y']] })],
  ['in a text', logic({ in: ['beta', { var: 'a' }] })],
  ['<', logic({ '<': [{ var: 'a' }, 18] })],
  ['a truth', logic({ var: 'a' })],
  ['missing', logic({ missing: ['a'] })],
  ['sem_ver', logic({ sem_ver: [{ var: 'a' }, '>=', '2.0.0'] })],
  ['a version', logic({ '>=': [{ var: 'a' }, '2.5.0'] }), { attributes: { a: 'version' } }],
  ['an evaluator', logic({ $ref: 'staff' }), { $evaluators: { staff: { ends_with: [{ var: 'email' }, '@x.de'] } } }],
  ['a name in quotes', rule({ attribute: 'a,b="c"', operator: 'eq', values: ['x'] })],
  ['a part of a text', logic({ in: [{ var: 'a' }, 'x@x.de, y@y.de'] })],
  ['more than a part of a text', logic({ '!': [{ in: [{ var: 'a' }, 'other'] }] })],
  ['an element', logic({ some: [{ var: 'a' }, { '==': [{ var: '' }, 'beta'] }] })],
  ['a sum', logic({ '>': [{ '+': [{ var: 'a' }, 1] }, 1_000] })],
  ['a sum of itself', logic({ '==': [{ '%': [{ var: 'a' }, 7] }, 3] })],
  ['a part', logic({ '==': [{ substr: [{ var: 'a' }, 0, 2] }, 'ab'] })],
  ['another version', logic({ sem_ver: ['2.0.0', '<', { var: 'a' }] })],
  ['what is null', logic({ '!': [{ missing: ['a'] }] })],
  ['the key, which is no targeting key', logic({ '==': [{ var: 'key' }, 'x'] })],
  ['a variant', { ...logic({}), targeting: { var: 'a' } }],
  ['a choice of texts', rule({ operator: 'matches', values: ['^(?:one|two)$'] })],
  ['a text in other letters', rule({ operator: 'matches', values: ['(?i)^ABC$'] })],
  [
    'a beginning and an end',
    {
      ...rule({}),
      rules: [
        {
          clauses: [
            { attribute: 'a', operator: 'startsWith', values: ['x-'] },
            { attribute: 'a', operator: 'contains', values: ['beta'] },
            { attribute: 'a', operator: 'endsWith', values: ['@x.de'] },
          ],
          variation: 'on',
        },
      ],
    },
  ],
  [
    'two elements',
    logic({ and: [{ in: ['a', { var: 'a' }] }, { in: ['b', { var: 'a' }] }] }),
    { attributes: { a: 'list' } },
  ],
  ['a share of the flag key', logic({ '<': [{ var: '$flagd.flagKey' }, 0.5] })],
  [
    'a segment',
    rule({ attribute: undefined as never, operator: 'inSegment', values: ['s'] }),
    { segments: { s: { rules: [{ clauses: [{ attribute: 'b', operator: 'eq', values: [1] }] }] } } },
  ],
  [
    'a prerequisite',
    {
      type: 'boolean',
      default: false,
      prerequisites: [{ key: 'other', variation: 'on' }],
      rules: [{ variation: 'on' }],
    },
    { flags: { other: rule({ attribute: 'c', operator: 'eq', values: ['y'] }) } },
  ],
];

it.each(CASES.map(([name, flag, more]) => ({ name, flag, more })))(
  'makes contexts that fulfil $name, and others that do not',
  async ({ flag, more }) => {
    expect(await served(flag, more)).toEqual(new Set([true, false]));
  },
);
