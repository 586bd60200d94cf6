import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Issue } from '@flagwright/core';
import { afterEach, beforeEach } from 'vitest';
import { type CheckOptions, checkGates } from '../src/check/index.ts';
import type { GateDeclaration, GateDeclarations } from '../src/declaration.ts';
import { defineGates, type Gates } from '../src/gates.ts';

// Sources that a test writes down, and what the check finds in them.

export const alpha: GateDeclaration = { stage: 'alpha', owner: '@x', description: 'A gate for tests.', since: '0.1' };

export function milo(declarations: GateDeclarations, version = '0.5.0'): Gates {
  return defineGates({ program: 'milo', version, onWarning: () => undefined }, declarations);
}

export let folder: string;
/** A folder for each test, `folder`; to be called once in a file of tests. */
export function freshFolder(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flagwright-gates-check-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
}

export type Tree = Readonly<Record<string, string>>;

export function plant(tree: Tree): void {
  for (const [name, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** An issue as `file:line:column code name`. */
export function shown({ place, code, path: [name] }: Issue): string {
  const where =
    place === undefined ? '' : `${place.file!.slice(place.file!.indexOf('src/'))}:${place.line}:${place.column} `;
  return `${where}${code} ${name}`;
}

export interface Found {
  readonly issues: readonly string[];
  readonly unchecked: readonly string[];
  readonly used: readonly string[];
  readonly files: number;
}

export async function check(
  names: readonly string[] | Gates,
  tree: Tree,
  options: Partial<CheckOptions> = {},
): Promise<Found> {
  plant(tree);
  const gates = 'list' in names ? names : milo(Object.fromEntries(names.map((name) => [name, alpha])));
  const { issues, unchecked, uses, files } = await checkGates({ gates, roots: [join(folder, 'src')], ...options });
  return { issues: issues.map(shown), unchecked: unchecked.map(shown), used: [...uses.keys()].sort(), files };
}
