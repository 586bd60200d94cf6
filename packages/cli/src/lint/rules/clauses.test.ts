import { checkRules, n, type RuleCase, rules, SINGLE, two } from '../../../test/lint.ts';

const CASES: readonly RuleCase[] = [
  [
    'impossible-rule',
    'bounds',
    rules(two(n('gt', '5'), n('lt', '3'))),
    'clauses[1]: this excludes clause 0: nobody matches the rule, unless "n" is a list',
  ],
  [
    'impossible-rule',
    'bounds of what is no list',
    SINGLE + rules(two(n('gt', '5'), n('lt', '3'))),
    'clauses[1]: this excludes clause 0: nobody matches the rule',
  ],
  ['impossible-rule', 'bounds that leave some', rules(two(n('gt', '3'), n('lt', '5')))],
  [
    'impossible-rule',
    'bounds of a list',
    SINGLE +
      rules(two('{ attribute: tags, operator: gt, values: [5] }', '{ attribute: tags, operator: lt, values: [3] }')),
  ],
  ['impossible-rule', 'times', rules(two(n('after', "'2026-02-01'"), n('before', "'2026-01-01'"))), 'clauses[1]'],
  [
    'impossible-rule',
    'two values of what nobody declared',
    rules(two('{ attribute: roles, operator: eq, values: [a] }', '{ attribute: roles, operator: eq, values: [b] }')),
  ],
  [
    'impossible-rule',
    'two values of a usual one',
    rules(
      two(
        '{ attribute: country, operator: eq, values: [DE] }',
        '{ attribute: country, operator: in, values: [FR, IT] }',
      ),
    ),
    'clauses[1]',
  ],
  [
    'impossible-rule',
    'two values with one in common',
    rules(
      two(
        '{ attribute: country, operator: in, values: [DE, FR] }',
        '{ attribute: country, operator: in, values: [FR, IT] }',
      ),
    ),
  ],
  [
    'impossible-rule',
    'two values of groups',
    rules(two('{ attribute: groups, operator: eq, values: [a] }', '{ attribute: groups, operator: eq, values: [b] }')),
  ],
  [
    'impossible-rule',
    'yes and no',
    rules(
      two('{ attribute: roles, operator: eq, values: [a] }', '{ attribute: roles, operator: notIn, values: [a, b] }'),
    ),
    'clauses[1]',
  ],
  [
    'impossible-rule',
    'there and not there',
    rules(two('{ attribute: a, operator: exists, negate: true }', '{ attribute: a, operator: neq, values: [1] }')),
    'clauses[1]',
  ],
  [
    'impossible-rule',
    'in and out of a segment',
    `${rules(two('{ operator: inSegment, values: [s] }', '{ operator: inSegment, values: [s], negate: true }'))}\nsegments: { s: { included: [u] } }`,
    'clauses[1]',
  ],
  [
    'impossible-rule',
    'in a segment',
    'flags: {}\nsegments: { s: { rules: [{ clauses: [{ attribute: a, operator: exists, negate: true }, { attribute: a, operator: exists }] }] } }',
    'segments.s.rules[0].clauses[1]',
  ],
  [
    'impossible-clause',
    'a text of a number',
    SINGLE + rules(`{ clauses: [${n('eq', "'1'")}], variation: x }`),
    'clauses[0]: this never holds: "n" is declared number, and `eq` is asked for a string',
  ],
  ['impossible-clause', 'a number of a number', SINGLE + rules(`{ clauses: [${n('eq', '1')}], variation: x }`)],
  ['impossible-clause', 'one of them is', SINGLE + rules(`{ clauses: [${n('in', "'1', 2")}], variation: x }`)],
  [
    'impossible-clause',
    'bounds of a text',
    SINGLE + rules('{ clauses: [{ attribute: plan, operator: gt, values: [1] }], variation: x }'),
    '`gt` matches numbers only',
  ],
  [
    'impossible-clause',
    'a part of a list',
    SINGLE + rules('{ clauses: [{ attribute: tags, operator: startsWith, values: [a] }], variation: x }'),
  ],
  [
    'impossible-clause',
    'a fraction of an integer',
    SINGLE + rules('{ clauses: [{ attribute: i, operator: eq, values: [1.5] }], variation: x }'),
    '"i" is declared integer',
  ],
  [
    'impossible-clause',
    'bounds of one of the usual texts',
    SINGLE + rules('{ clauses: [{ attribute: email, operator: gt, values: [1] }], variation: x }'),
    '"email" is a string unless it is declared otherwise, and `gt` matches numbers only',
  ],
  [
    'impossible-clause',
    'nothing declared',
    rules('{ clauses: [{ attribute: email, operator: gt, values: [1] }], variation: x }'),
  ],
  [
    'impossible-clause',
    'exists and does not',
    rules('{ clauses: [{ attribute: a, operator: exists, values: [true, false], negate: true }], variation: x }'),
    'nobody is both there and not there',
  ],
  [
    'impossible-clause',
    'an empty segment',
    `${rules('{ clauses: [{ operator: inSegment, values: [s] }], variation: x }')}\nsegments: { s: { excluded: [u] } }`,
    'the segment has nobody in',
  ],
  [
    'always-true-clause',
    'exists or does not',
    rules('{ clauses: [{ attribute: a, operator: exists, values: [true, false] }], variation: x }'),
    'everybody is either there or not there',
  ],
  [
    'always-true-clause',
    'not a text of a number',
    SINGLE + rules(`{ clauses: [${n('neq', "'1'")}], variation: x }`),
    'this holds wherever the attribute is there',
  ],
  ['always-true-clause', 'not a number', SINGLE + rules(`{ clauses: [${n('neq', '1')}], variation: x }`)],
  [
    'always-true-clause',
    'the empty prefix',
    rules("{ clauses: [{ attribute: a, operator: startsWith, values: ['x', ''] }], variation: x }"),
    'this holds for every text',
  ],
  [
    'always-true-clause',
    'any text',
    rules("{ clauses: [{ attribute: a, operator: matches, values: ['.*'] }], variation: x }"),
    'this holds for every text',
  ],
  [
    'always-true-clause',
    'some text',
    rules("{ clauses: [{ attribute: a, operator: matches, values: ['.+'] }], variation: x }"),
  ],
];

checkRules(CASES, ['impossible-rule', 'impossible-clause', 'always-true-clause']);
