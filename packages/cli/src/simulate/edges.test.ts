import { expect, it } from 'vitest';
import { edgesOf } from './edges.ts';
import { wordBeside } from './edges-text.ts';

it.each<readonly [string, unknown, readonly unknown[]]>([
  ['lt', 0, [0, -1, 1, 0.5]],
  ['gte', -5, [-5, -6, -4, -4.5]],
  ['gt', 1_000_001, [1_000_001, 1_000_000, 1_000_002, 1_000_001.5]],
  ['lte', 0.25, [0.25, 0.24, 0.26, 0.255]],
  ['lt', 1e-7, [1e-7, 0, 2e-7, 1.5e-7]],
  ['lt', 2 ** 60, [2 ** 60, 2 ** 60 - 256, 2 ** 60 + 256]],
  ['eq', 7, [7, '7']],
  ['eq', '7', ['7', 7]],
  ['in', 'DE', ['DE']],
  ['contains', 'abc', ['abc', ['abc'], 'xabcx', 'ABC', 'userabc', 'abcx']],
  ['contains', 5, [[5]]],
  ['startsWith', 'abc', ['abcx', 'abc', 'userabc', 'ABCx']],
  ['endsWith', '@X', ['user@X', '@X', '@Xx', 'user@x']],
  ['cidr', '10.20.0.0/8', ['10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0']],
  ['cidr', '192.0.2.7', ['192.0.2.7', '192.0.2.6', '192.0.2.8']],
  ['cidr', '0.0.0.0/0', ['0.0.0.0', '255.255.255.255']],
  [
    'cidr',
    '2001:db8::/32',
    [
      '2001:db8:0:0:0:0:0:0',
      '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
      '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff',
      '2001:db9:0:0:0:0:0:0',
    ],
  ],
  ['cidr', '::ffff:10.0.0.1/128', ['0:0:0:0:0:ffff:a00:1', '0:0:0:0:0:ffff:a00:0', '0:0:0:0:0:ffff:a00:2']],
  ['cidr', '10.0.0.256/8', []],
  ['cidr', '10.0.0.0/33', []],
  ['cidr', '1::2::3', []],
  [
    'before',
    '2026-03-01',
    [
      '2026-03-01T00:00:00.000Z',
      '2026-02-28T23:59:59.999Z',
      '2026-03-01T00:00:00.001Z',
      '2026-02-28T00:00:00.000Z',
      '2026-03-02T00:00:00.000Z',
    ],
  ],
  ['after', '2026-03-01 10:00', expect.arrayContaining(['2026-03-01T10:00:00.000Z'])],
  ['after', -1, expect.arrayContaining(['1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00.000Z'])],
  ['after', 3e14, expect.arrayContaining([3e14, 3e14 - 1, 3e14 + 1])],
  ['before', 'soon', []],
  [
    'semver',
    '<1.0.0',
    ['1.0.0', '1.0.1', '0.99.99', '1.0.0-0', '1.0.0-rc.1', '2.0.0', '2.0.0-0', '1.1.0', '0.0.1', '11.0.0'],
  ],
  ['semver', '1.x || 1.0.0-rc.1', expect.arrayContaining(['1.0.0', '1.0.0-rc.1', '1.0.0-rc.1.0', '1.0.0-0'])],
  ['within', 'a@x.de, b@x.de', ['a@x.de, b@x.de', 'a@x.de', 'b@x.de', 'a@x.de, b@x.dex']],
  ['matches', '^(foo|b\\.r)$', expect.arrayContaining(['foo', 'b.r', 'xfoo', 'b.rx', 'FOO'])],
  ['matches', '^[a-f]{9}$', []],
  ['exists', true, []],
  ['eq', null, []],
])('makes of %s %j what is on either side of it', (operator, value, edges) => {
  expect(edgesOf(operator, value, undefined)).toEqual(edges);
});

it('makes nothing that an attribute of that type is not', () => {
  expect(edgesOf('gt', 5, 'integer')).toEqual([5, 4, 6]);
  expect(edgesOf('contains', 'a', 'list')).toEqual([['a'], ['xax'], ['A'], ['usera'], ['ax']]);
  expect(edgesOf('contains', 'a', 'string')).toEqual(['a', 'xax', 'A', 'usera', 'ax']);
});

it.each([[[]], [['other']], [['o', 'x']], [['', 'o', 'x', 'un', '1', '-']], [['o', 'x', 'n', '1', '-', '\u4e00']]])(
  'finds a word beside %j',
  (texts) => {
    const word = wordBeside(texts);
    expect(word).not.toBe('');
    expect(texts.filter((text) => text !== '' && word.includes(text))).toEqual([]);
  },
);
