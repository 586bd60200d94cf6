import { checkRules, flag, logic, needing, plan, type RuleCase, rules } from '../../../test/lint.ts';

const CASES: readonly RuleCase[] = [
  [
    'unmet-prerequisite',
    'never served',
    needing(
      'variants: { x: x, y: y }\n    defaultVariant: x\n    rules: [{ clauses: [{ attribute: a, operator: exists }], variation: x }]',
      'y',
    ),
    'flags.needs.prerequisites[0]: "f" never serves "y"',
  ],
  [
    'unmet-prerequisite',
    'served by a rule',
    needing(
      'variants: { x: x, y: y }\n    defaultVariant: x\n    rules: [{ clauses: [{ attribute: a, operator: exists }], variation: y }]',
      'y',
    ),
  ],
  [
    'unmet-prerequisite',
    'served by targeting that is worked out',
    needing('variants: { x: x, y: y }\n    defaultVariant: x\n    targeting: { var: variant }', 'y'),
  ],
  [
    'unmet-prerequisite',
    'never served by targeting',
    needing('variants: { x: x, y: y, z: z }\n    defaultVariant: x\n    targeting: { if: [{ var: a }, z, null] }', 'y'),
    'never serves "y"',
  ],
  [
    'unmet-prerequisite',
    'served where a prerequisite of its own is not met',
    `${needing('variants: { x: x, y: y }\n    defaultVariant: x\n    offVariant: y\n    prerequisites: [{ key: base, variation: on }]', 'y')}\n  base: { type: boolean, default: true }`,
  ],
  [
    'unmet-prerequisite',
    'an off variant of a flag that is on',
    needing('variants: { x: x, y: y }\n    defaultVariant: x\n    offVariant: y', 'y'),
    'flags.needs.prerequisites[0]: "f" never serves "y"',
  ],
  ['unmet-prerequisite', 'a default that has the value', needing('type: boolean\n    default: true', 'on')],
  [
    'unmet-prerequisite',
    'an override',
    `${needing('type: boolean\n    default: false', 'on')}\noverrides: { f: true }`,
  ],
  [
    'disabled-prerequisite',
    'off',
    needing('type: boolean\n    default: true\n    enabled: false', 'on'),
    'flags.needs.prerequisites[0].key: "f" is disabled',
  ],
  ['disabled-prerequisite', 'on', needing('type: boolean\n    default: true', 'on')],
  [
    'unused-segment',
    'unused',
    `${rules('{ clauses: [{ operator: inSegment, values: [s] }], variation: x }')}\nsegments: { s: { rules: [{ clauses: [{ operator: inSegment, values: [t] }] }] }, t: {}, u: {} }`,
    'segments.u',
  ],
  ['unused-segment', 'used by targeting', `${logic('{ if: [{ in_segment: [s] }, a, b] }')}\nsegments: { s: {} }`],
  [
    'unused-evaluator',
    'unused',
    `${logic('{ if: [{ $ref: e }, a, b] }')}\n$evaluators: { e: { $ref: d }, d: { var: x }, c: { var: x } }`,
    '$evaluators.c',
  ],
  ['unused-variant', 'unused', rules(plan('a'), plan('b')), 'variants.y: nobody can be served "y"'],
  [
    'unused-evaluator',
    'used by another alone',
    `${logic('{ if: [{ $ref: e }, a, b] }')}\n$evaluators: { e: { and: [{ $ref: d }, { var: y }] }, d: { var: x } }`,
  ],
  [
    'unused-variant',
    'of a list',
    flag('variants: [{ name: x, value: x, weight: 1 }, { name: y, value: y, weight: 1 }, { name: z, value: z }]'),
    'variants[2]: nobody',
  ],
  ['unused-variant', 'off', `${rules(plan('a'))}\n    offVariant: y`],
  [
    'unused-variant',
    'a switch',
    flag(
      'variants: { "on": true, "off": false }\ndefaultVariant: "on"\nrules: [{ clauses: [{ attribute: a, operator: exists }], variation: "on" }]',
    ),
  ],
  ['unused-variant', 'a flag that does not decide', flag('variants: { x: x, y: y }\ndefaultVariant: x')],
  ['unused-variant', 'targeting', logic('{ if: [{ var: x }, { fractional: [[a, 50], [b, 50]] }, a] }'), 'variants.c'],
  ['unused-variant', 'targeting that is worked out', logic('{ cat: [{ var: x }] }')],
];

checkRules(CASES, [
  'unmet-prerequisite',
  'disabled-prerequisite',
  'unused-segment',
  'unused-evaluator',
  'unused-variant',
]);
