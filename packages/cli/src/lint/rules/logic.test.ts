import { checkRules, logic, type RuleCase } from '../../../test/lint.ts';

const CASES: readonly RuleCase[] = [
  [
    'constant-condition',
    'literals',
    logic('{ if: [{ "==": [1, 1] }, a, b] }'),
    'targeting.if[0]: this always holds: it is true for every context',
  ],
  ['constant-condition', 'false', logic('{ if: [{ "!": [[1]] }, a, b] }'), 'targeting.if[0]: this never holds'],
  [
    'constant-condition',
    'in an or',
    logic('{ if: [{ or: [true, { var: a }] }, a, b] }'),
    'targeting.if[0].or[0]: this always holds',
  ],
  [
    'constant-condition',
    'twice the same',
    logic('{ if: [{ and: [{ var: a }, { var: b }, { var: a }] }, a, b] }'),
    'this says what operand 0 of "and" says already',
  ],
  ['constant-condition', 'true for else', logic('{ if: [{ var: x }, a, true, b] }')],
  ['constant-condition', 'true, and more', logic('{ if: [{ var: x }, a, true, b, c] }'), 'targeting.if[2]'],
  ['constant-condition', 'a default', logic('{ or: [{ var: x }, b] }')],
  ['constant-condition', 'what is served if', logic('{ and: [{ var: x }, b] }')],
  [
    'constant-condition',
    'a shared evaluator',
    `${logic('{ if: [{ $ref: e }, a, b] }')}\n$evaluators: { e: { "<": [1, 2] } }`,
    'targeting.if[0]',
  ],
  [
    'same-branches',
    'both',
    logic('{ if: [{ var: x }, b, b] }'),
    'targeting.if[0]: whether this holds or not, the result is "b"',
  ],
  ['same-branches', 'neither', logic('{ if: [{ var: x }, null] }'), 'the result is null'],
  ['same-branches', 'the last two', logic('{ if: [{ var: x }, a, { var: y }, b, b] }'), 'targeting.if[2]'],
  ['same-branches', 'the first and the last', logic('{ if: [{ var: x }, b, { var: y }, a, b] }')],
  [
    'unreachable-branch',
    'shares that do not fall',
    logic('{ if: [{ "<": [{ var: $flagd.flagKey }, 0.5] }, a, { "<": [{ var: $flagd.flagKey }, 0.25] }, b, c] }'),
    'targeting.if[2]: this never holds here',
  ],
  [
    'unreachable-branch',
    'shares that rise',
    logic('{ if: [{ "<": [{ var: $flagd.flagKey }, 0.25] }, a, { "<": [{ var: $flagd.flagKey }, 0.5] }, b, c] }'),
  ],
  [
    'unreachable-branch',
    'nested',
    logic(
      '{ if: [{ "<": [{ var: $flagd.flagKey }, 0.5] }, a, { if: [{ ">": [0.25, { var: $flagd.flagKey }] }, b, c] }] }',
    ),
    'targeting.if[2].if[0]',
  ],
  ['unreachable-branch', 'the same', logic('{ if: [{ var: x }, a, { var: x }, b, c] }'), 'targeting.if[2]'],
  [
    'unreachable-branch',
    'some of them',
    logic('{ if: [{ in: [{ var: p }, [a, b]] }, a, { "==": [{ var: p }, b] }, b, c] }'),
    'targeting.if[2]',
  ],
  [
    'unreachable-branch',
    'a part of a text',
    logic('{ if: [{ in: [a, { var: p }] }, a, { in: [ab, { var: p }] }, b, c] }'),
  ],
  [
    'unreachable-branch',
    'one more condition',
    logic('{ if: [{ var: x }, a, { and: [{ var: y }, { var: x }] }, b, c] }'),
    'targeting.if[2]',
  ],
  [
    'unreachable-branch',
    'the opposite within',
    logic('{ if: [{ var: x }, { if: [{ "!": [{ var: x }] }, a, b] }, c] }'),
    'excludes it',
  ],
  [
    'unreachable-branch',
    'the same within',
    logic('{ if: [{ var: x }, { if: [{ var: x }, a, b] }, c] }'),
    'always holds here',
  ],
  [
    'unreachable-branch',
    'a number that may be a text',
    logic('{ if: [{ "==": [{ var: p }, 1] }, a, { "==": [{ var: p }, "1"] }, b, c] }'),
  ],
  [
    'unreachable-branch',
    'versions',
    `attributes: { v: version }\n${logic('{ if: [{ in: [{ var: v }, ["1.0"]] }, a, { "==": [{ var: v }, "1.0"] }, b, c] }')}`,
  ],
  [
    'impossible-condition',
    'two values',
    logic('{ if: [{ and: [{ "==": [{ var: p }, x] }, { "==": [{ var: p }, y] }] }, a, b] }'),
    'targeting.if[0].and[1]: this excludes another operand',
  ],
  [
    'impossible-condition',
    'bounds',
    logic('{ if: [{ and: [{ ">": [{ var: n }, 5] }, { "<": [{ var: n }, 3] }] }, a, b] }'),
    'and[1]',
  ],
  [
    'impossible-condition',
    'bounds that leave some',
    logic('{ if: [{ and: [{ ">": [{ var: n }, 3] }, { "<": [{ var: n }, 5] }] }, a, b] }'),
  ],
  [
    'impossible-condition',
    'two values of which one is wanted',
    logic('{ if: [{ or: [{ "==": [{ var: p }, x] }, { "==": [{ var: p }, y] }] }, a, b] }'),
  ],
];

checkRules(CASES, ['constant-condition', 'same-branches', 'unreachable-branch', 'impossible-condition']);
