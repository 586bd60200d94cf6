import { type Issue, isRecord, preview } from '@flagwright/core';
import type { FeatureFlagSpec } from '../schema/resources.generated.ts';

/** Members that name a variant, and that a tool of YAML 1.1 makes booleans of: `defaultVariant: on`. */
const MEMBERS = ['defaultVariant', 'offVariant'] as const;

/**
 * A definition of a flag, for itself or a stage, as it is stored: where a boolean stands for the one variant that has it as
 * its value, there is the name, with a warning. What stands for no variant, or for several, stays, and is refused by the
 * checks.
 */
export function withVariantNames<Spec extends object>(
  flag: Pick<FeatureFlagSpec, 'type' | 'variants'>,
  spec: Spec,
  path: Issue['path'] = ['spec'],
): { readonly spec: Spec; readonly warnings: readonly Issue[] } {
  const said = spec as Readonly<Record<string, unknown>>;
  const names = MEMBERS.flatMap((member) => {
    const value = said[member];
    const name = typeof value === 'boolean' ? nameOf(flag, value) : undefined;
    return name === undefined ? [] : [[member, name, value] as const];
  });
  if (names.length === 0) return { spec, warnings: [] };
  return {
    spec: { ...spec, ...Object.fromEntries(names) },
    warnings: names.map(([member, name, value]) => ({
      severity: 'warning',
      code: 'boolean-name',
      path: [...path, member],
      message: `the boolean ${value} stands where a name belongs; taken as variant ${preview(name)}`,
      hint: `quote it: '${name}'`,
    })),
  };
}

/** The only variant that has this value. */
function nameOf({ type, variants }: Pick<FeatureFlagSpec, 'type' | 'variants'>, value: boolean): string | undefined {
  const [found, ...others] = entriesOf(type, variants).filter(([, own]) => own === value);
  return others.length === 0 ? found?.[0] : undefined;
}

function entriesOf(type: FeatureFlagSpec['type'], variants: unknown): readonly (readonly [string, unknown])[] {
  if (variants === undefined && type === 'BOOLEAN')
    return [
      ['off', false],
      ['on', true],
    ];
  if (isRecord(variants)) return Object.entries(variants);
  return Array.isArray(variants) ? variants.filter(isRecord).map(({ name, value }) => [String(name), value]) : [];
}
