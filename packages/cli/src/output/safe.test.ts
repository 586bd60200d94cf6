import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ran } from '../../test/world.ts';
import { safe, safeLines } from './safe.ts';

it('what a terminal would obey is written out, and line breaks within a line', () => {
  expect(safe('a\u001b[2J\u202e\u2028\r\nb\tc')).toBe('a\\u001b[2J\\u202e\\u2028\\u000d\\nb\tc');
  expect(safeLines('a\u001b\nb')).toBe('a\\u001b\nb');
});

const FORGED = 'x\n::error::forged';
const FILES = {
  'a.json': {
    flags: {
      [FORGED]: {
        variants: { [FORGED]: true, off: false },
        defaultVariant: 'off',
        rules: [
          { id: FORGED, clauses: [{ attribute: FORGED, operator: 'eq', values: [FORGED] }], variation: FORGED },
          { rollout: { bucketBy: FORGED, variations: [{ variation: FORGED, weight: 100_000 }] } },
        ],
      },
    },
  },
  'b.json': { flags: { [FORGED]: { variants: { [FORGED]: true, off: false }, defaultVariant: FORGED } } },
  'bad.json': { flags: { [FORGED]: { variants: { [FORGED]: true, off: false }, defaultVariant: 'onn' } } },
  'a.test.json': {
    files: ['a.json'],
    tests: [
      { name: FORGED, flag: FORGED, expect: FORGED },
      { name: FORGED, flag: FORGED, expect: 'off' },
    ],
  },
};

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'flagctl-'));
  for (const [name, value] of Object.entries(FILES)) await writeFile(join(cwd, name), JSON.stringify(value));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

it.each([
  'exec ff -f a.json',
  'exec ff -f a.json --explain',
  'exec ff -f a.json -o name',
  'exec ff -f bad.json',
  'diff -f a.json --with b.json',
  'diff -f a.json --with b.json --effect',
  'diff -f a.json --with b.json -o name',
  'lint a.json b.json bad.json',
  'validate a.json bad.json',
  'test a.test.json --coverage',
  'import bad.json --project p --stage s --dry-run',
])('no name forges a line: %s', async (line) => {
  const { out, err } = await ran(line.split(' '), { cwd });
  expect(out + err).toContain('::error::forged');
  expect((out + err).split('\n').filter((one) => /^\s*::error/.test(one))).toEqual([]);
});

it('no name forges a line of a simulation', async () => {
  const args = ['rollout', 'simulate', FORGED, '-f', 'a.json', '--after', 'b.json'];
  const { out, err } = await ran(args, { cwd });
  expect(out + err).toContain('::error::forged');
  expect((out + err).split('\n').filter((one) => /^\s*::error/.test(one))).toEqual([]);
});
