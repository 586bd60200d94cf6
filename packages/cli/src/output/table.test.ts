import { expect, it } from 'vitest';
import { fieldsText } from './fields.ts';
import { type Cell, type Header, tableText } from './table.ts';
import { cutTo, displayWidth } from './width.ts';

it.each([
  ['', 0],
  ['on, off', 7],
  ['café', 4],
  ['cafe\u0301', 4],
  ['日本', 4],
  ['ｆｕｌｌ', 8],
  ['ｶﾅ', 2],
  ['한국', 4],
  ['🚀', 2],
  ['👩‍👩‍👧', 2],
  ['🇩🇪', 2],
  ['❤️', 2],
  ['a\u200bb', 2],
  ['█▌', 2],
])('%j takes %i columns', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

it.each([
  ['a description', 13, 'a description'],
  ['a description', 12, 'a descripti…'],
  ['a description', 3, 'a…'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['cafe\u0301s', 4, 'caf…'],
])('%j cut to %i columns is %j', (text, columns, cut) => {
  expect(cutTo(text, columns)).toBe(cut);
});

const HEADERS: readonly Header[] = [{ title: 'NAME' }, { title: 'DESCRIPTION', shrinks: true }, { title: 'STAGES' }];

it.each<[what: string, rows: readonly (readonly Cell[])[], options: Parameters<typeof tableText>[2], text: string]>([
  ['nothing but titles', [], {}, 'NAME   DESCRIPTION   STAGES\n'],
  ['no titles', [['a', 'b', 'c']], { headers: false }, 'a      b             c\n'],
  [
    'no blanks at the end of a line',
    [
      ['my-app', 'x', ''],
      ['b', '', ''],
    ],
    {},
    'NAME     DESCRIPTION   STAGES\nmy-app   x\nb\n',
  ],
  [
    'wide characters',
    [
      ['日本', 'x', '1'],
      ['abcde', 'y', '2'],
    ],
    {},
    'NAME    DESCRIPTION   STAGES\n日本    x             1\nabcde   y             2\n',
  ],
  [
    'lines and what a terminal obeys',
    [['a\r\nb', '\u001b[31mred\u202e', '\t1']],
    {},
    'NAME   DESCRIPTION           STAGES\na b    \\u001b[31mred\\u202e    1\n',
  ],
  [
    'colours do not count',
    [[{ text: 'ab', paint: (text) => `<${text}>` }, 'c', 'd']],
    {},
    'NAME   DESCRIPTION   STAGES\n<ab>     c             d\n',
  ],
  [
    'as long as it is, without a terminal',
    [['a', 'x'.repeat(90), '1']],
    {},
    `NAME   DESCRIPTION${' '.repeat(82)}STAGES\na      ${'x'.repeat(90)}   1\n`,
  ],
  [
    'as wide as a terminal',
    [['a', 'long description', '1']],
    { columns: 30 },
    'NAME   DESCRIPTION      STAGES\na      long descript…   1\n',
  ],
  [
    'not narrower than a title',
    [['a', 'long description', '1']],
    { columns: 5 },
    'NAME   DESCRIPTION   STAGES\na      long descr…   1\n',
  ],
])('a table: %s', (_, rows, options, text) => {
  expect(tableText(HEADERS, rows, options)).toBe(text);
});

it('the widest column gives way first', () => {
  const headers = [
    { title: 'A', shrinks: true },
    { title: 'B', shrinks: true },
  ] as const;
  const [, line] = tableText(headers, [['a'.repeat(40), 'b'.repeat(15)]], { columns: 33 }).split('\n');
  expect(line).toBe(`${'a'.repeat(14)}…   ${'b'.repeat(15)}`);
});

it('fields are aligned, and what says nothing is left out', () => {
  const fields = fieldsText(
    [
      ['Name', 'a\nb'],
      ['Owner', undefined],
      ['Tags', []],
      ['Variants', ['on:  true']],
      ['Modified', { text: 'now', paint: (text) => `<${text}>` }],
      ['Es\u001bcaped', '\u001b'],
    ],
    '  ',
  );
  expect(fields).toBe(
    [
      '  Name:            a b',
      '  Variants:',
      '    on:  true',
      '  Modified:        <now>',
      '  Es\\u001bcaped:   \\u001b',
      '',
    ].join('\n'),
  );
});

it('fields are aligned by the columns that their names take', () => {
  expect(fieldsText(['👨‍👩‍👧‍👦', '日本', 'é'].map((name) => [name, 'v']))).toBe(
    '👨‍👩‍👧‍👦:     v\n日本:   v\né:      v\n',
  );
});
