import { checkRules, flag, n, plan, type RuleCase, rules, SINGLE, two } from '../../../test/lint.ts';

const CASES: readonly RuleCase[] = [
  [
    'shadowed-rule',
    'fewer values',
    rules(plan('a, b'), plan('b')),
    'rules[1]: whoever matches this is served by rule 0',
  ],
  ['shadowed-rule', 'more values', rules(plan('b'), plan('a, b'))],
  [
    'shadowed-rule',
    'the same clauses in another order',
    rules(two(n('gt', '1'), n('lt', '5')), two(n('lt', '5'), n('gt', '1'))),
    'rules[1]',
  ],
  [
    'shadowed-rule',
    'one clause more',
    rules(
      plan('a'),
      '{ clauses: [{ attribute: plan, operator: eq, values: [a] }, { attribute: n, operator: exists }], variation: y }',
    ),
    'rules[1]',
  ],
  [
    'shadowed-rule',
    'one clause less',
    rules(
      '{ clauses: [{ attribute: plan, operator: eq, values: [a] }, { attribute: n, operator: exists }], variation: y }',
      plan('a'),
    ),
  ],
  [
    'shadowed-rule',
    'a longer prefix',
    rules(
      '{ clauses: [{ attribute: key, operator: startsWith, values: [a] }], variation: x }',
      '{ clauses: [{ attribute: targetingKey, operator: startsWith, values: [ab] }], variation: y }',
    ),
    'rules[1]',
  ],
  [
    'shadowed-rule',
    'higher bounds',
    rules(`{ clauses: [${n('gte', '5')}], variation: x }`, `{ clauses: [${n('gt', '5')}], variation: y }`),
    'rules[1]',
  ],
  [
    'shadowed-rule',
    'lower bounds',
    rules(`{ clauses: [${n('gt', '5')}], variation: x }`, `{ clauses: [${n('gte', '5')}], variation: y }`),
  ],
  [
    'shadowed-rule',
    'dates',
    rules(
      `{ clauses: [${n('before', "'2026-02-01'")}], variation: x }`,
      `{ clauses: [${n('before', "'2026-01-31T23:59:59Z'")}], variation: y }`,
    ),
    'rules[1]',
  ],
  [
    'shadowed-rule',
    'negated',
    rules(
      `{ clauses: [${n('notIn', '1')}], variation: x }`,
      `{ clauses: [${n('in', '1, 2', ', negate: true')}], variation: y }`,
    ),
    'rules[1]',
  ],
  [
    'shadowed-rule',
    'negated the other way',
    rules(`{ clauses: [${n('notIn', '1, 2')}], variation: x }`, `{ clauses: [${n('neq', '1')}], variation: y }`),
  ],
  [
    'shadowed-rule',
    'another value, where it might be a list',
    rules(`{ clauses: [${n('notIn', '1')}], variation: x }`, `{ clauses: [${n('in', '2')}], variation: y }`),
  ],
  [
    'shadowed-rule',
    'another value of what is no list',
    SINGLE + rules(`{ clauses: [${n('notIn', '1')}], variation: x }`, `{ clauses: [${n('in', '2')}], variation: y }`),
    'rules[1]',
  ],
  [
    'shadowed-rule',
    'several together',
    rules(plan('a'), plan('b', 'variation: y'), plan('a, b')),
    'rules[2]: whoever matches this is served already, by rule 0 or rule 1',
  ],
  ['shadowed-rule', 'several but one', rules(plan('a'), plan('b', 'variation: y'), plan('a, b, c'))],
  [
    'shadowed-rule',
    'a share of the same users',
    rules(plan('a', 'variation: x, percentage: 20'), plan('a', 'variation: y, percentage: 10')),
    'rules[1]: these 10 % are among the 20 %',
  ],
  [
    'shadowed-rule',
    'a larger share',
    rules(plan('a', 'variation: x, percentage: 20'), plan('a', 'variation: y, percentage: 30')),
  ],
  ['shadowed-rule', 'after a share', rules(plan('a', 'variation: x, percentage: 20'), plan('a', 'variation: y'))],
  [
    'shadowed-rule',
    'after a share of 100',
    rules(plan('a', 'variation: x, percentage: 100'), plan('a', 'variation: y')),
    'only contexts without "key" get here',
  ],
  [
    'shadowed-rule',
    'for those without a key',
    rules(
      plan('a', 'variation: x, percentage: 100'),
      '{ clauses: [{ attribute: plan, operator: eq, values: [a] }, { attribute: key, operator: exists, negate: true }], variation: y }',
    ),
    'only contexts without "key"',
  ],
  [
    'shadowed-rule',
    'in a segment',
    'flags: {}\nsegments: { s: { rules: [{ clauses: [{ attribute: a, operator: exists }] }, { clauses: [{ attribute: a, operator: eq, values: [1] }] }] } }',
    'segments.s.rules[1]',
  ],
  [
    'shadowed-rule',
    'after a split of everybody by another attribute',
    rules('{ rollout: { bucketBy: company, variations: [{ variation: x, weight: 100000 }] } }', plan('a')),
  ],
  [
    'shadowed-rule',
    'after such a split, another one',
    rules(
      '{ rollout: { bucketBy: company, variations: [{ variation: x, weight: 100000 }] } }',
      '{ rollout: { bucketBy: company, variations: [{ variation: y, weight: 100000 }] } }',
    ),
    'rules[1]',
  ],
  ['shadowed-rule', 'after a rule for everybody, of which core tells', rules('{ variation: x }', plan('a'), plan('a'))],
  [
    'no-effect-rule',
    'what everybody gets',
    rules(plan('a'), plan('b', 'variation: z')),
    'rules[1]: this serves the variant "z"',
  ],
  ['no-effect-rule', 'before another', rules(plan('b', 'variation: z'), plan('a'))],
  [
    'no-effect-rule',
    'a default that is its value',
    flag('type: boolean\ndefault: false\nrules: [{ clauses: [{ attribute: a, operator: exists }], variation: off }]'),
    'rules[0]',
  ],
  [
    'no-effect-rule',
    'where everybody else is split',
    flag(
      'variants: [{ name: x, value: x, weight: 1 }, { name: y, value: y, weight: 1 }]\nrules: [{ clauses: [{ attribute: a, operator: exists }], variation: x }]',
    ),
  ],
  [
    'duplicate-target',
    'in two targets',
    flag('variants: { x: x, y: y }\ntargets: [{ variation: x, values: [u, v] }, { variation: y, values: [w, v] }]'),
    'targets[1].values[1]: "v" is in target 0 already, and is served "x"',
  ],
  [
    'duplicate-target',
    'other keys',
    flag('variants: { x: x, y: y }\ntargets: [{ variation: x, values: [u] }, { variation: y, values: [U] }]'),
  ],
  [
    'included-and-excluded',
    'both',
    'flags: {}\nsegments: { s: { included: [a], excluded: [b, a] } }',
    'segments.s.excluded[1]',
  ],
  ['included-and-excluded', 'either', 'flags: {}\nsegments: { s: { included: [a], excluded: [b] } }'],
  [
    'unreachable-fallthrough',
    'a rule for everybody',
    rules('{ variation: x }'),
    'defaultVariant: this is never served: rule 0 serves everybody',
  ],
  ['unreachable-fallthrough', 'a split for everybody', rules('{ variation: x, percentage: 100 }')],
  [
    'unreachable-fallthrough',
    'both',
    flag('variants: { x: x, y: y }\ndefaultVariant: x\nfallthrough: y'),
    'defaultVariant: this is never served: `fallthrough` wins',
  ],
  [
    'unreachable-fallthrough',
    'both, and one is split',
    flag(
      'variants: { x: x, y: y }\ndefaultVariant: x\nfallthrough: { rollout: { variations: [{ variation: x, weight: 50000 }, { variation: y, weight: 50000 }] } }',
    ),
  ],
  [
    'unreachable-fallthrough',
    'weights',
    flag(
      'variants: [{ name: x, value: x, weight: 1 }, { name: y, value: y, weight: 1 }]\nfallthrough: { rollout: { variations: [{ variation: x, weight: 100000 }] } }',
    ),
    'fallthrough.rollout: this splits nobody',
  ],
];

checkRules(CASES, [
  'shadowed-rule',
  'no-effect-rule',
  'duplicate-target',
  'included-and-excluded',
  'unreachable-fallthrough',
]);
