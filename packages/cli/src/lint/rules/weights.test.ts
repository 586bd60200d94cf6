import { checkRules, flag, logic, type RuleCase, rules } from '../../../test/lint.ts';

const CASES: readonly RuleCase[] = [
  [
    'single-share',
    'all to one',
    rules('{ rollout: { variations: [{ variation: x, weight: 100000 }, { variation: y, weight: 0 }] } }'),
    'rollout.variations: all shares are those of "x"',
  ],
  [
    'single-share',
    'all to one, twice',
    logic('{ fractional: [[a, 50], [a, 50]] }'),
    'targeting.fractional: all shares are those of "a"',
  ],
  [
    'single-share',
    'a little to another',
    rules('{ rollout: { variations: [{ variation: x, weight: 99999 }, { variation: y, weight: 1 }] } }'),
  ],
  [
    'odd-weights',
    'nearly 100',
    logic('{ fractional: [[a, 50], [b, 48]] }'),
    'the weights add up to 98, which is nearly 100',
  ],
  ['odd-weights', 'a hundred', logic('{ fractional: [{ var: email }, [a, 50], [b, 50]] }')],
  ['odd-weights', 'a third each', logic('{ fractional: [[a, 33], [b, 33], [c, 33]] }')],
  ['odd-weights', 'one to two', logic('{ fractional: [[a, 1], [b, 2]] }')],
  [
    'odd-weights',
    'variants',
    flag('variants: [{ name: x, value: x, weight: 80 }, { name: y, value: y, weight: 25 }]'),
    'variants: the weights add up to 105',
  ],
  [
    'zero-weight',
    'a share',
    rules('{ rollout: { variations: [{ variation: x, weight: 100000 }, { variation: y, weight: 0 }] } }'),
    'variations[1].weight',
  ],
  ['zero-weight', 'a percentage', rules('{ variation: x, percentage: 0.0001 }'), 'percentage: 0.0001 % are nobody'],
  ['zero-weight', 'a small one', rules('{ variation: x, percentage: 0.001 }')],
];

checkRules(CASES, ['single-share', 'odd-weights', 'zero-weight']);
