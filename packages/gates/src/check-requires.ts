import { preview, suggest } from '@flagwright/core';
import type { GateDeclaration } from './declaration.ts';
import type { Findings } from './findings.ts';
import { STABILITY } from './maturity.ts';
import { specDefault, specsOf } from './spec.ts';

/**
 * The rules of Kubernetes for dependencies: what is required is there, as stable, on by default if this is, locked on
 * if this is locked on, and nothing requires itself by way of others.
 */
export function checkRequires(
  names: readonly string[],
  gates: ReadonlyMap<string, GateDeclaration>,
  findings: Findings,
): void {
  const { error } = findings;
  const known = new Set(names);
  const edges = new Map<string, readonly string[]>();
  for (const [name, gate] of gates) {
    const { requires } = gate;
    if (requires === undefined) continue;
    if (!Array.isArray(requires) || requires.some((other) => typeof other !== 'string')) {
      error([name, 'requires'], 'wrong-type', `requires is ${preview(requires)}`, { expected: 'a list of names' });
      continue;
    }
    edges.set(name, requires);
    for (const [i, other] of requires.entries()) {
      if (known.has(other)) {
        checkPair(name, gate, other, gates.get(other), [name, 'requires', i], findings);
        continue;
      }
      const near = suggest(other, names);
      error([name, 'requires', i], 'unknown-gate', `there is no gate ${preview(other)}`, {
        ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
      });
    }
  }
  for (const cycle of cyclesOf(edges)) {
    error([cycle[0]!, 'requires'], 'cycle', `gates require each other in a circle: ${cycle.join(' → ')}`);
  }
}

function checkPair(
  name: string,
  gate: GateDeclaration,
  other: string,
  required: GateDeclaration | undefined,
  path: readonly (string | number)[],
  { error }: Findings,
): void {
  // what is wrong with the other one is told at its own place
  if (required === undefined) return;
  const [mine, its] = [specsOf(gate).at(-1)!, specsOf(required).at(-1)!];
  if (STABILITY[its.stage] < STABILITY[mine.stage]) {
    error(path, 'less-stable', `${name} is ${mine.stage} and cannot require ${other}, which is ${its.stage}`);
    return;
  }
  if (specDefault(mine, undefined) && !specDefault(its, undefined)) {
    error(path, 'off-by-default', `${name} is on by default and requires ${other}, which is not`);
  } else if (mine.locked === true && specDefault(mine, undefined) && its.locked !== true) {
    error(path, 'unlocked-requirement', `${name} is locked on and requires ${other}, which can be switched off`);
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
