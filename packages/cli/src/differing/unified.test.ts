import { expect, it } from 'vitest';
import { editsOf } from './edits.ts';
import { unified } from './unified.ts';

const NAMES = { before: 'a', after: 'b' };
const numbers = (count: number): string => Array.from({ length: count }, (_, i) => `${i + 1}\n`).join('');

it.each([
  ['nothing', '1\n', '1\n', ''],
  ['a line', '1\n2\n3\n', '1\nx\n3\n', '--- a\n+++ b\n@@ -1,3 +1,3 @@\n 1\n-2\n+x\n 3\n'],
  ['all that is new', '', '1\n2\n', '--- a\n+++ b\n@@ -0,0 +1,2 @@\n+1\n+2\n'],
  ['all that is gone', '1\n', '', '--- a\n+++ b\n@@ -1 +0,0 @@\n-1\n'],
  ['an end of a line', '1', '1\n', '--- a\n+++ b\n@@ -1 +1 @@\n-1\n\\ No newline at end of file\n+1\n'],
  [
    'what is far apart',
    numbers(20),
    numbers(20).replace('3\n', 'x\n').replace('17\n', ''),
    '--- a\n+++ b\n@@ -1,6 +1,6 @@\n 1\n 2\n-3\n+x\n 4\n 5\n 6\n@@ -14,7 +14,6 @@\n 14\n 15\n 16\n-17\n 18\n 19\n 20\n',
  ],
  [
    'what is near to each other',
    numbers(9),
    numbers(9).replace('2\n', '').replace('8\n', '8\ny\n'),
    '--- a\n+++ b\n@@ -1,9 +1,9 @@\n 1\n-2\n 3\n 4\n 5\n 6\n 7\n 8\n+y\n 9\n',
  ],
])('tells %s', (_, before, after, diff) => {
  expect(unified(before, after, NAMES)).toBe(diff);
});

/** `b`, made of `a` by the changes. */
function applied(a: readonly string[], b: readonly string[]): readonly string[] {
  const made: string[] = [];
  let at = 0;
  for (const edit of editsOf(a, b)) {
    made.push(...a.slice(at, edit.a), ...b.slice(edit.b, edit.b + edit.added));
    at = edit.a + edit.removed;
  }
  return [...made, ...a.slice(at)];
}

/** The least number of changes, by the table of all beginnings. */
function least(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(a[i - 1] === b[j - 1] ? row[j - 1]! : 1 + Math.min(row[j]!, next[j - 1]!));
    row = next;
  }
  return row[b.length]!;
}

it('is the least there is, and makes the one of the other', () => {
  let random = 11;
  const next = (most: number): number => {
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((random / 2 ** 31) * most);
  };
  const lines = (): readonly string[] => Array.from({ length: next(12) }, () => 'abcd'[next(4)]!);
  for (let i = 0; i < 3_000; i++) {
    const [a, b] = [lines(), lines()];
    expect(applied(a, b)).toEqual(b);
    expect(
      editsOf(a, b).reduce((sum, { removed, added }) => sum + removed + added, 0),
      `${a} ${b}`,
    ).toBe(least(a, b));
  }
});

it('takes very many changes for one', () => {
  const a = Array.from({ length: 3_000 }, (_, i) => `a${i}`);
  const b = Array.from({ length: 3_000 }, (_, i) => `b${i}`);
  expect(editsOf(['same', ...a, 'end'], ['same', ...b, 'end'])).toEqual([{ a: 1, b: 1, removed: 3_000, added: 3_000 }]);
});
