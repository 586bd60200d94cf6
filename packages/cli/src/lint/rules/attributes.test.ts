import { attributesOf, checkRules, type RuleCase } from '../../../test/lint.ts';

const CASES: readonly RuleCase[] = [
  [
    'similar-attribute',
    'a slip',
    attributesOf('plan_name', 'plan_name', 'plan_name', 'plan_nmae'),
    'nearly is "plan_name"',
  ],
  [
    'similar-attribute',
    'another spelling',
    attributesOf('appVersion', 'appVersion', 'appVersion', 'app_version'),
    'nearly is "appVersion"',
  ],
  ['similar-attribute', 'a usual one', attributesOf('emial'), '"emial" is named here alone'],
  ['similar-attribute', 'a plural', attributesOf('label', 'label', 'label', 'labels')],
  ['similar-attribute', 'numbers', attributesOf('line1', 'line1', 'line1', 'line2')],
  ['similar-attribute', 'short names', attributesOf('age', 'age', 'age', 'aged')],
  ['similar-attribute', 'both are seldom', attributesOf('colour', 'coluor')],
  [
    'similar-attribute',
    'declared',
    `attributes: { plan_name: string, plan_nmae: string }\n${attributesOf('plan_name', 'plan_name', 'plan_name', 'plan_nmae')}`,
  ],
  [
    'unused-attribute',
    'unused',
    `attributes: { plan: string, company: object, other: string }\n${attributesOf('plan', 'company.size')}`,
    'attributes.other',
  ],
  ['unused-attribute', 'used', `attributes: { plan: string }\n${attributesOf('plan')}`],
];

checkRules(CASES, ['similar-attribute', 'unused-attribute']);
