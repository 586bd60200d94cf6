import { type Issue, isRecord } from '@flagwright/core';
import { identityOf } from './identity.ts';
import type { FileManifest } from './manifest.ts';

/** More are not named of one circle. */
const MOST = 10;

/** Feature flags that require each other in a circle, once each circle, where one of them says so: no order makes these. */
export function circleIssues(manifests: readonly FileManifest[]): readonly Issue[] {
  const projects = new Map<string, Map<string, FileManifest>>();
  for (const manifest of manifests) {
    const { kind, project = '', id } = identityOf(manifest);
    const { spec } = manifest.manifest;
    if (kind !== 'FeatureFlag' || id === undefined || (isRecord(spec) && spec.archived === true)) continue;
    const flags = projects.get(project) ?? new Map<string, FileManifest>();
    projects.set(project, flags);
    flags.set(id, manifest);
  }
  return [...projects.values()].flatMap(circlesOf);
}

interface Step {
  readonly key: string;
  readonly flag: FileManifest;
  readonly needs: readonly Need[];
  next: number;
}

function circlesOf(flags: ReadonlyMap<string, FileManifest>): readonly Issue[] {
  const issues: Issue[] = [];
  const entered = new Set<string>();
  for (const first of flags.keys()) {
    // by hand, for a chain may be longer than the stack
    const open: Step[] = [];
    const isOpen = new Map<string, number>();
    const enter = (key: string): void => {
      const flag = flags.get(key);
      if (flag === undefined || entered.has(key)) return;
      entered.add(key);
      isOpen.set(key, open.length);
      open.push({ key, flag, needs: needsOf(flag), next: 0 });
    };
    enter(first);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const need = top.needs[top.next++];
      if (need === undefined) {
        isOpen.delete(top.key);
        open.pop();
        continue;
      }
      const from = isOpen.get(need.key);
      if (from === undefined) enter(need.key);
      else issues.push(circle([...open.slice(from).map(({ key }) => key), need.key], top.flag, need));
    }
  }
  return issues;
}

interface Need {
  readonly key: string;
  /** In the list, from 0. */
  readonly index: number;
}

function needsOf({ manifest: { spec } }: FileManifest): readonly Need[] {
  const prerequisites = isRecord(spec) && Array.isArray(spec.prerequisites) ? (spec.prerequisites as unknown[]) : [];
  return prerequisites.flatMap((one, index) =>
    isRecord(one) && typeof one.key === 'string' ? [{ key: one.key, index }] : [],
  );
}

function circle(keys: readonly string[], { locate }: FileManifest, { index }: Need): Issue {
  const path = ['spec', 'prerequisites', index, 'key'];
  const place = locate(path);
  const shown = keys.length > MOST ? [...keys.slice(0, MOST - 1), '…', keys.at(-1)!] : keys;
  return {
    severity: 'error',
    code: 'cycle',
    path,
    message: `prerequisites go round in a circle: ${shown.join(' → ')}`,
    hint: 'remove one of these prerequisites',
    ...(place === undefined ? {} : { place }),
  };
}
