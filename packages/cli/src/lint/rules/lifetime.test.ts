import { checkRules, flag, plan, type RuleCase, rules } from '../../../test/lint.ts';

const CASES: readonly RuleCase[] = [
  [
    'expired',
    'a day',
    flag("type: boolean\ndefault: true\nmetadata: { until: '2026-06-14' }"),
    'metadata.until: the flag was to be gone by "2026-06-14": that was 1 day ago',
  ],
  ['expired', 'today', flag("type: boolean\ndefault: true\nmetadata: { until: '2026-06-15' }")],
  [
    'expired',
    'a time',
    flag("type: boolean\ndefault: true\nmetadata: { expires: '2026-06-13T11:00:00Z' }"),
    'that was 2 days ago',
  ],
  [
    'expired',
    'a time of this day',
    flag("type: boolean\ndefault: true\nmetadata: { expires: '2026-06-15T11:00:00Z' }"),
    'metadata.expires: the flag was to be gone by "2026-06-15T11:00:00Z": that was today',
  ],
  ['expired', 'no date', flag('type: boolean\ndefault: true\nmetadata: { until: v2.0 }')],
  [
    'since-after-until',
    'later',
    flag("type: boolean\ndefault: true\nmetadata: { since: '2026-08-01', until: '2026-07-01' }"),
    'metadata.since',
  ],
  [
    'since-after-until',
    'the same day',
    flag("type: boolean\ndefault: true\nmetadata: { since: '2026-07-01', until: '2026-07-01' }"),
  ],
  ['constant-flag', 'a rule for everybody', rules('{ variation: x }'), 'flags.f: everybody is served the variant "x"'],
  [
    'constant-flag',
    'off',
    flag(
      'type: boolean\ndefault: false\nenabled: false\nrules: [{ clauses: [{ attribute: a, operator: exists }], variation: on }]',
    ),
    'the variant "off"',
  ],
  ['constant-flag', 'a rule for some', rules(plan('a'))],
  ['no-owner', 'none', flag('type: boolean\ndefault: true'), 'flags.f: the flag has no `owner`'],
  ['no-owner', 'one', flag('type: boolean\ndefault: true\nowner: me')],
  ['no-description', 'none', flag('type: boolean\ndefault: true'), 'flags.f: the flag has no `description`'],
  ['no-description', 'one', flag('type: boolean\ndefault: true\ndescription: what for')],
];

checkRules(CASES, ['expired', 'since-after-until', 'constant-flag', 'no-owner', 'no-description']);
