import { expect, it } from 'vitest';
import { createCsv, type Row } from './csv.ts';
import { type Line, linesOf } from './lines.ts';

async function rows(text: string, separator = ',', size = 3): Promise<readonly Row[]> {
  async function* pieces(): AsyncGenerator<string> {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
  }
  const csv = createCsv(separator);
  const found: Row[] = [];
  for await (const lines of linesOf(pieces(), 'x')) {
    for (const line of lines) {
      const row = csv.next(line);
      if (row !== undefined) found.push(row);
    }
  }
  const rest = csv.rest();
  return rest === undefined ? found : [...found, rest];
}

it.each<readonly [string, readonly (readonly (string | undefined)[])[]]>([
  [
    'a,b\nc,d\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    'a,b\r\nc,d',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['a,,c\n', [['a', undefined, 'c']]],
  [',\n', [[undefined, undefined]]],
  ['a,""\n', [['a', '']]],
  ['"a,b",c\n', [['a,b', 'c']]],
  ['"a ""b""",c\n', [['a "b"', 'c']]],
  [
    '"a\nb",c\nd,e\n',
    [
      ['a\nb', 'c'],
      ['d', 'e'],
    ],
  ],
  ['"a\r\n\r\nb"\r\n', [['a\r\n\r\nb']]],
  ['"a",\n', [['a', undefined]]],
  ['\n\na\n\n', [['a']]],
  ['"""",b\n', [['"', 'b']]],
])('reads %j', async (text, expected) => {
  for (const size of [1, 3, 1_000]) {
    expect((await rows(text, ',', size)).map((row) => ('cells' in row ? row.cells : row.wrong))).toEqual(expected);
  }
});

it.each([
  ['a\n"b\nc\n', 2, 'never closed'],
  ['a\n"b"c\n', 2, 'after a closing quote'],
  ['a\nb"c"\n', 2, 'a quote within text'],
])('tells what is wrong with %j', async (text, line, words) => {
  const row = (await rows(text)).at(-1)!;
  expect(row.line).toBe(line);
  expect('wrong' in row && row.wrong).toContain(words);
});

it('counts lines of cells that go over several', async () => {
  const found = await rows('"a\nb"\nc\n');
  expect(found.map(({ line }) => line)).toEqual([1, 3]);
});

it('refuses a line without an end', async () => {
  async function* pieces(): AsyncGenerator<string> {
    for (let i = 0; i < 3; i++) yield 'x'.repeat(2 ** 19);
  }
  await expect(async () => {
    const all: Line[] = [];
    for await (const lines of linesOf(pieces(), 'x')) all.push(...lines);
  }).rejects.toThrow('x:1: a line of more than');
});
