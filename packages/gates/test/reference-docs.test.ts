import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gateReference } from '../src/docs/index.ts';
import type { Gates } from '../src/index.ts';
import { snapshot } from '../src/index.ts';
import { formatGates, gateHelp } from '../src/list/index.ts';

// What docs/gates-reference.md shows is what its module of gates prints.

const page = readFileSync(new URL('../../../docs/gates-reference.md', import.meta.url), 'utf8');

/** The one block of the page that is marked so. */
function block(mark: string): string {
  const found = [...page.matchAll(/^```\w+ (\w+)\n(.*?)\n```$/gms)].filter((match) => match[1] === mark);
  expect(found.length, mark).toBe(1);
  return found[0]![2]!;
}

let folder: string;
let gates: Gates;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flagwright-gates-reference-'));
  const index = fileURLToPath(new URL('../src/index.ts', import.meta.url));
  writeFileSync(join(folder, 'features.ts'), block('features').replace('@flagwright/gates', index));
  const module = (await import(/* @vite-ignore */ pathToFileURL(join(folder, 'features.ts')).href)) as { gates: Gates };
  gates = module.gates;
});
afterAll(() => rmSync(folder, { recursive: true }));

it('the help', () => {
  expect(block('help')).toBe(gateHelp(gates));
});

it('the listing', () => {
  expect(block('list')).toBe(formatGates(gates));
});

it('the reference of a gate', () => {
  expect(gateReference(gates)).toContain(block('reference'));
});

it('the snapshot', () => {
  const requires = [{ version: '0.5', reason: 'sessions are stored' }];
  expect(JSON.parse(block('snapshot'))).toEqual(snapshot(gates, { requires }));
});
