import { isRecord } from '@flagwright/core';
import { type FeatureFlagStageSpec, targetingOf } from '@flagwright/server/model';

/** The names of the attributes that a stage definition, or a change of one, reads; `a.b` is `a`, too. */
export function attributesRead(spec: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  if (!isRecord(spec)) return names;
  const { targeting, rules, fallthrough } = targetingOf(spec as FeatureFlagStageSpec).spec;
  collect([targeting, rules, fallthrough], names);
  return names;
}

function collect(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) for (const part of value) collect(part, names);
  if (!isRecord(value)) return;
  for (const [name, member] of Object.entries(value)) {
    if (name !== 'var' && name !== 'attribute' && name !== 'bucketBy') {
      collect(member, names);
      continue;
    }
    const path: unknown = Array.isArray(member) ? member[0] : member;
    if (typeof path !== 'string') collect(path, names);
    else for (const one of [path, path.replace(/\..*$/s, '')]) names.add(one);
  }
}
