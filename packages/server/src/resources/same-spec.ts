import { isRecord, jsonEqual } from '@flagwright/core';
import type { Kind } from './resource.ts';

type Members = Readonly<Record<string, unknown>>;

/** What members mean that are not there, where it is a plain value; a name is filled in when a spec is stored. */
const DEFAULTS: Partial<Readonly<Record<Kind, Members>>> = {
  FeatureFlag: { enabled: false, archived: false, defaultVariant: null },
  ProjectStage: { requireChangeRequest: false, requireSecondApprover: false },
};

/**
 * Whether two specs of a kind say the same: to write one over the other changes nothing. The order of the members of maps
 * has no meaning, but that of variants, which are referred to by position, and of lists does; and what is written out may
 * be the default.
 */
export function sameSpec(kind: Kind, one: unknown, other: unknown): boolean {
  const [a, b] = [filled(kind, one), filled(kind, other)];
  return jsonEqual(a, b) && orderOf(kind, a) === orderOf(kind, b);
}

function filled(kind: Kind, spec: unknown): unknown {
  if (!isRecord(spec)) return spec;
  return kind === 'Template' ? { ...spec, flag: filled('FeatureFlag', spec.flag) } : { ...DEFAULTS[kind], ...spec };
}

/** The names of variants that are a map, in order. */
function orderOf(kind: Kind, spec: unknown): string {
  const flag = kind === 'Template' && isRecord(spec) ? spec.flag : spec;
  const variants = isRecord(flag) ? flag.variants : undefined;
  return isRecord(variants) ? JSON.stringify(Object.keys(variants)) : '';
}
