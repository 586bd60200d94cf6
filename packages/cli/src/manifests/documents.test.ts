import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { World } from '../world.ts';
import { documentsOf, readDocuments } from './documents.ts';
import { splitDocuments } from './split.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flagctl-'));
  await mkdir(join(folder, 'd/deep/.hidden'), { recursive: true });
  await mkdir(join(folder, 'd/folder.yaml'));
  await mkdir(join(folder, 'empty'));
  const files = { 'd/b.yaml': 'b: 1', 'd/a.yml': 'a: 1', 'd/c.json': '{"c":1}', 'd/no.txt': 'x', 'd/.e.yaml': 'e: 1' };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'd/deep/f.yaml'), 'f: 1');
  await writeFile(join(folder, 'd/deep/.hidden/g.yaml'), 'g: 1');
  await mkdir(join(folder, 'dangling'));
  await symlink('nowhere', join(folder, 'dangling/a.yaml'));
  await symlink('loop', join(folder, 'dangling/loop'));
  await writeFile(join(folder, 'latin.yaml'), Buffer.from([0x61, 0x3a, 0xe4]));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const read = (files: readonly string[], recursive = false) =>
  readDocuments({ cwd: folder, input: async () => 'stdin: 1\n---\nmore: 2\n' } as World, files, { recursive });

it.each([
  [['d'], false, ['d/a.yml', 'd/b.yaml', 'd/c.json']],
  [['d'], true, ['d/a.yml', 'd/b.yaml', 'd/c.json', 'd/deep/f.yaml']],
  [['d/c.json', '-', 'd/a.yml'], false, ['d/c.json', '<stdin>', '<stdin>', 'd/a.yml']],
])('reads %j, folders within: %s', async (files, recursive, expected) => {
  expect((await read(files, recursive)).map(({ file }) => file)).toEqual(expected);
});

it.each([
  ['/dev/zero', 7, '/dev/zero has more than 67108864 bytes'],
  ['none.yaml', 4, 'there is no file none.yaml'],
  ['empty', 4, 'there are no *.yaml, *.yml or *.json files in the folder empty'],
  ['latin.yaml', 7, 'latin.yaml is not UTF-8'],
  ['dangling', 1, 'dangling/a.yaml is a link to what is not there'],
  ['dangling/a.yaml', 4, 'there is no file dangling/a.yaml'],
  ['dangling/loop', 1, 'dangling/loop cannot be read (ELOOP)'],
])('refuses %s', async (file, exit, message) => {
  await expect(read([file])).rejects.toMatchObject({ exit, message });
});

it.each([
  [undefined, []],
  [false, ['Folders within it are read with --recursive']],
  [true, []],
])('tells of --recursive only where it helps: %s', async (recursive, hints) => {
  const reading = readDocuments({ cwd: folder } as World, ['empty'], { recursive });
  await expect(reading).rejects.toMatchObject({ hints });
});

it.each([[''], ['d/a.yml', '']])(
  'refuses a name that is empty, which would be this folder: %j, %j',
  async (...files) => {
    await expect(read(files)).rejects.toMatchObject({ name: 'UsageError' });
  },
);

it.each([
  [
    'a: 1\n---\nb: 2\n',
    [
      [1, 1],
      [3, 1],
    ],
  ],
  [
    '--- {a: 1}\n---   # two\nb: 2\n...\n',
    [
      [1, 5],
      [3, 1],
    ],
  ],
  ['%YAML 1.2\n---\na: 1\n', [[3, 1]]],
  [
    'a: 1\r\n---\r\nb: 2\r\n',
    [
      [1, 1],
      [3, 1],
    ],
  ],
  ['a: |\n  --- not a mark\nb: 1\n', [[1, 1]]],
])('finds the documents of %j where they are', (text, places) => {
  expect(
    documentsOf(text, 'f.yaml')
      .map(({ locate }) => locate([]))
      .map((place) => [place?.line, place?.column]),
  ).toEqual(places);
});

it.each([
  ['a: 1\n---\nb:\n\tc: 1\n', /^f\.yaml:4:1: /],
  ['a: 1\n---\nb: 1\nb: 2\n', /^f\.yaml:4:1: .*first at f\.yaml:3:1/],
])('tells where in the file %j is wrong', (text, message) => {
  expect(() => documentsOf(text, 'f.yaml')).toThrow(message);
});

const LINES = ['a: 1', '  b: 2', '', '# c', '---', '--- # d', '...', '---x', '- e', '%TAG'];
const isMark = (one: string): boolean => /^(?:---|\.\.\.)(?:\s|$)/.test(one);

it('loses and moves no line', () => {
  for (let seed = 0; seed < 10 ** 4; seed++) {
    // all texts of four of these lines
    const lines = [...String(seed).padStart(4, '0')].map((digit) => LINES[Number(digit)]!);
    const split = lines.some((one) => /^(?:---|\.\.\.)/.test(one));
    const seen = new Set<number>();
    for (const { text, line: before } of splitDocuments(lines.join('\n'), 'f.yaml')) {
      if (text === '') continue;
      for (const [i, own] of text.split('\n').entries()) {
        const there = lines[before + i]!;
        const kept = split && there.startsWith('%') ? '' : there;
        expect(own).toBe(split && isMark(there) ? `   ${there.slice(3)}` : kept);
        seen.add(before + i);
      }
    }
    expect(lines.filter((one, i) => one !== '' && !one.startsWith('%') && !seen.has(i))).toEqual([]);
  }
});

it.each(['<stdin>', 'f.json', 'f.jsonl'])('reads JSON values one after another: %s', (file) => {
  const text = '{"a":"} {","b":[{}]}\r\n\n{"a": 2} [{\n  "a": 3\n}]\n';
  const documents = documentsOf(text, file);
  expect(documents.map(({ value }) => value)).toEqual([{ a: '} {', b: [{}] }, { a: 2 }, [{ a: 3 }]]);
  const place = (index: number, ...path: readonly (string | number)[]): string | undefined => {
    const found = documents[index]!.locate(path);
    return found === undefined ? undefined : `${found.line}:${found.column}`;
  };
  expect([place(0, 'b'), place(1, 'a'), place(2), place(2, 0, 'a')]).toEqual(['1:16', '3:7', '3:10', '4:8']);
});

it.each([
  ['a text that looks so', '{"a": "} {"}', '<stdin>', [{ a: '} {' }]],
  ['YAML', "{a: 'x} {'}\n", '<stdin>', [{ a: 'x} {' }]],
  ['documents', '{"a": 1}\n---\n{"a": 2}\n', '<stdin>', [{ a: 1 }, { a: 2 }]],
])('reads %s as before', (_, text, file, values) => {
  expect(documentsOf(text, file).map(({ value }) => value)).toEqual(values);
});

it('tells where one of several JSON values is wrong', () => {
  expect(() => documentsOf('{"a": 1}\n{"a": 1, "a": 2}\n', 'f.json')).toThrow(/^f\.json:2:10: /);
  expect(() => documentsOf('{"a": 1}\n{"a": 1}\n{"a": ', '<stdin>')).toThrow(/^<stdin>:3:/);
});
