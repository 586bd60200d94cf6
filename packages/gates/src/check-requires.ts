import { isRecord, preview, suggest } from '@flagwright/core';
import type { SemVer } from 'semver';
import { pairFaults } from './check-pair.ts';
import type { GateDeclaration } from './declaration.ts';
import type { Findings } from './findings.ts';

/**
 * The rules of Kubernetes for dependencies: what is required is there, as stable, on by default if this is, locked on
 * if this is locked on, and nothing requires itself by way of others. `sound` are the gates whose specs can be read.
 */
export function checkRequires(
  declarations: Readonly<Record<string, unknown>>,
  sound: ReadonlyMap<string, GateDeclaration>,
  running: SemVer | undefined,
  findings: Findings,
): void {
  const { error } = findings;
  const names = Object.keys(declarations);
  const known = new Set(names);
  const edges = new Map<string, readonly string[]>();
  for (const [name, declaration] of Object.entries(declarations)) {
    const requires = isRecord(declaration) ? declaration.requires : undefined;
    if (requires === undefined) continue;
    if (!Array.isArray(requires) || requires.some((other) => typeof other !== 'string')) {
      error([name, 'requires'], 'wrong-type', `requires is ${preview(requires)}`, { expected: 'a list of names' });
      continue;
    }
    edges.set(name, requires);
    for (const [i, other] of (requires as readonly string[]).entries()) {
      const path = [name, 'requires', i];
      if (!known.has(other)) {
        const near = suggest(other, names);
        error(path, 'unknown-gate', `there is no gate ${preview(other)}`, {
          ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
        });
        continue;
      }
      const [mine, its] = [sound.get(name), sound.get(other)];
      // what is wrong with one of the two is told at its own place
      if (mine === undefined || its === undefined || name === other) continue;
      for (const { code, message, ...more } of pairFaults(name, mine, other, its, running)) {
        error(path, code, message, more);
      }
    }
  }
  for (const cycle of cyclesOf(edges)) {
    error([cycle[0]!, 'requires'], 'cycle', `gates require each other in a circle: ${cycle.join(' → ')}`);
  }
}

/** Each circle once, from its first member in the order of declaration. */
function cyclesOf(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const done = new Set<string>();
  const cycles: (readonly string[])[] = [];
  const trail: string[] = [];
  const visit = (name: string): void => {
    const start = trail.indexOf(name);
    if (start >= 0) {
      cycles.push([...trail.slice(start), name]);
      return;
    }
    if (done.has(name)) return;
    trail.push(name);
    for (const other of edges.get(name) ?? []) visit(other);
    trail.pop();
    done.add(name);
  };
  for (const name of edges.keys()) visit(name);
  return cycles;
}
