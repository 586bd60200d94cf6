import { expect, it } from 'vitest';
import { isDeep } from './json-depth.ts';

const nested = (levels: number, open = '[', close = ']'): string => open.repeat(levels) + close.repeat(levels);

it.each<[string, string, boolean]>([
  ['as many levels as may be', nested(10), false],
  ['one level more', nested(11), true],
  ['levels of both kinds', `${'{"a":['.repeat(5)}${']}'.repeat(5)}`, false],
  ['one more of both kinds', `${'{"a":['.repeat(5)}{${']}'.repeat(5)}`, true],
  ['many side by side', `[${'[],'.repeat(50)}{}]`, false],
  ['no end', '['.repeat(11), true],
  ['brackets in a string', `["${'['.repeat(50)}"]`, false],
  ['brackets after a quote in a string', `["\\"${'['.repeat(50)}"]`, false],
  ['brackets after a string that ends in a backslash', `["\\\\",${nested(9)}]`, false],
  ['one more after a string that ends in a backslash', `["\\\\",${nested(10)}]`, true],
  ['closing brackets in a string', `[${'["]",'.repeat(10)}`, true],
  ['a string without end', `["${'['.repeat(50)}`, false],
  ['a string that ends in the middle of an escape', '["\\', false],
  ['nothing', '', false],
])('depth: %s', (_, text, expected) => {
  expect(isDeep(text, 10)).toBe(expected);
});
