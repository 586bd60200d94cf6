import { formatIssue, type Issue } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { directivesIn, withoutLeftOut } from './directives.ts';

/** The lines, from 1 to 6, in which `a` and `b` are left out. */
function leftOut(text: string): Readonly<Record<string, readonly number[]>> {
  const directives = directivesIn(text, 'f.yaml');
  const lines = (code: string): readonly number[] =>
    [1, 2, 3, 4, 5, 6].filter((line) => directives?.leavesOut(code, line) === true);
  return { a: lines('a'), b: lines('b') };
}

const ALL = [1, 2, 3, 4, 5, 6];

describe('directivesIn', () => {
  it.each([
    ['the file', 'x: 1\n# flagctl-lint-disable a\n', { a: ALL, b: [] }],
    ['the file, all', '# flagctl-lint-disable\n', { a: ALL, b: ALL }],
    ['the next line', 'x: 1\n  # flagctl-lint-disable-next-line a, b\ny: 1', { a: [3], b: [3] }],
    ['the next line that says something', '# flagctl-lint-disable-next-line b\n\n# why\nx: 1', { a: [], b: [4] }],
    ['its own line', 'x: 1\ny: 1 # flagctl-lint-disable-line a -- b is something else', { a: [2], b: [] }],
    ['lines of windows', 'x: 1\r\n# flagctl-lint-disable-next-line a\r\ny: 1', { a: [3], b: [] }],
    ['no comment', "x: 'flagctl-lint-disable a'", { a: [], b: [] }],
    ['no directive', 'x: 1 # flagctl-lint-disabled a', { a: [], b: [] }],
    ['a part of a word', 'x: a#flagctl-lint-disable', { a: [], b: [] }],
    ['a block of text', 'x: |\n  y\n  # flagctl-lint-disable\nz: 1', { a: [], b: [] }],
    ['a folded block', 'x: >-\n  # flagctl-lint-disable a', { a: [], b: [] }],
    ['quotes over lines', "x: 'y\n  # flagctl-lint-disable\n  z'", { a: [], b: [] }],
    ['quotes', 'x: "y # flagctl-lint-disable -- "', { a: [], b: [] }],
    ['JSON', '{ "x": "# flagctl-lint-disable" }', { a: [], b: [] }],
    [
      'a later document',
      'x: |\n  # flagctl-lint-disable b\n---\n\ny: 1 # flagctl-lint-disable-line a',
      { a: [5], b: [] },
    ],
    ['behind a mark', '--- # flagctl-lint-disable-next-line a\nx: 1', { a: [2], b: [] }],
    ['the head of a block', 'x: | # flagctl-lint-disable-next-line a\n  # y', { a: [2], b: [] }],
    ['the end', 'x: 1\n# flagctl-lint-disable-next-line a', { a: [3], b: [] }],
    ['no YAML', '# flagctl-lint-disable\nx: [', { a: [], b: [] }],
  ])('%s', (_, text, expected) => {
    expect(leftOut(text)).toEqual(expected);
  });
});

it.each<[text: string, told: readonly string[]]>([
  ['# flagctl-lint-disable', []],
  ['x: 1 # flagctl-lint-disable-line expired, weights-sum -- nosuch is a word of why', []],
  ['description: |\n  # flagctl-lint-disable nosuch', []],
  [
    'y: 1\nx: 1 # flagctl-lint-disable-line expired expird, nosuch',
    [
      'f.yaml:2:42 warning (document): there is no rule "expird"; expected names of rules, and -- before why. Hint: did you mean expired?',
      `f.yaml:2:50 warning (document): there is no rule "nosuch"; expected names of rules, and -- before why. Hint: 'flagctl lint --rules' tells all`,
    ],
  ],
  [
    '# flagctl-lint-disable expired pired pired',
    [
      `f.yaml:1:32 warning (document): there is no rule "pired"; expected names of rules, and -- before why. Hint: did you mean expired?`,
    ],
  ],
])('rules in %j that are none are told', (text, told) => {
  expect(directivesIn(text, 'f.yaml')?.unknown.map(formatIssue)).toEqual(told);
  expect(directivesIn(text, 'f.json')).toBeUndefined();
});

it('errors, and what has no place, stay', () => {
  const issue = (severity: Issue['severity'], file?: string): Issue => ({
    severity,
    code: 'a',
    path: [],
    message: 'm',
    ...(file === undefined ? {} : { place: { file, line: 1, column: 1 } }),
  });
  const issues = [issue('error', 'f'), issue('warning', 'f'), issue('warning', 'g'), issue('warning')];
  const directives = directivesIn('# flagctl-lint-disable', 'f');
  const left = withoutLeftOut(issues, (file) => (file === 'f' ? directives : undefined));
  expect(left).toEqual([issues[0], issues[2], issues[3]]);
});
