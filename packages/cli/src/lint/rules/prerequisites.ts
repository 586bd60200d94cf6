import type { LintRule } from '../finding.ts';
import { outcomesOf } from '../outcomes.ts';

/** A prerequisite that asks for a variant which the other flag never serves. */
export const unmetPrerequisite: LintRule = {
  id: 'unmet-prerequisite',
  summary: 'a prerequisite that asks for a variant the other flag never serves',
  help: 'Until the other flag serves that variant to somebody, this flag is off for everybody. Ask for a variant that is served, or change the other flag. Of targeting that works its result out nothing is known, and nothing is told.',
  severity: 'warning',
  *flag({ definition, path, enabled }, set) {
    if (!enabled) return;
    for (const [i, { key, variation }] of (definition.prerequisites ?? []).entries()) {
      const other = set.flags.get(key);
      if (other === undefined || !other.enabled || isOverridden(key, set.document.overrides)) continue;
      const wanted = other.variants.named(variation);
      if (wanted === undefined) continue;
      const { served, more } = outcomesOf(other, set);
      if (more || served.has(other.variants.outcome(variation))) continue;
      yield {
        path: [...path, 'prerequisites', i],
        message: `${JSON.stringify(key)} never serves ${JSON.stringify(wanted.name)}: this flag is off for everybody`,
        hint: `change the prerequisite, or what ${JSON.stringify(key)} serves`,
      };
    }
  },
};

/** A prerequisite on a flag that is off. */
export const disabledPrerequisite: LintRule = {
  id: 'disabled-prerequisite',
  summary: 'a flag that is on, and needs one that is off',
  help: 'A prerequisite holds only while the other flag is enabled. Until then this flag is off for everybody, though it says that it is enabled. That is what prerequisites are for in an emergency; if it stays so, disable both.',
  severity: 'warning',
  *flag({ definition, path, enabled }, set) {
    if (!enabled) return;
    for (const [i, { key }] of (definition.prerequisites ?? []).entries()) {
      const other = set.flags.get(key);
      if (other === undefined || other.enabled || isOverridden(key, set.document.overrides)) continue;
      yield {
        path: [...path, 'prerequisites', i, 'key'],
        message: `${JSON.stringify(key)} is disabled: this flag is off for everybody`,
        hint: 'enable the other flag, or disable this one as well',
      };
    }
  },
};

function isOverridden(key: string, overrides: Readonly<Record<string, unknown>> = {}): boolean {
  return Object.hasOwn(overrides, key);
}
