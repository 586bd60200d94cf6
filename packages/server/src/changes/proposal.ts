import type { Sql } from '../database/database.ts';
import { approvedRules } from '../resources/definition-rules.ts';
import { type Key, keys, type Resource } from '../resources/resource.ts';
import { find } from '../resources/table.ts';
import { checkSpec } from '../schema/check.ts';
import { DECISIONS } from '../schema/definitions.ts';
import type { ChangeRequestSpec, FeatureFlagStageSpec } from '../schema/resources.generated.ts';

/** What a request makes of a stage definition. */
export interface Proposal {
  /** Of the stage definition. */
  readonly key: Key;
  readonly current: Resource<FeatureFlagStageSpec> | undefined;
  /** In its stored form. */
  readonly next: FeatureFlagStageSpec;
}

/** What a request says of the stage definition, and nothing else. */
export function membersOf(spec: ChangeRequestSpec): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => DECISIONS.includes(name)));
}

/** The stage definition that a request is about. */
export function definitionOf({ projectId, stageId, featureFlagId }: ChangeRequestSpec): Key {
  return keys.definition(projectId, stageId, featureFlagId);
}

/**
 * What a request makes of the stage definition that is there: only what it names is changed, as a whole, and null takes it
 * out. Throws `Problem('INVALID_SPEC')` if that has not the shape of one.
 */
export async function proposalOf(sql: Sql, spec: ChangeRequestSpec): Promise<Proposal> {
  const key = definitionOf(spec);
  const current = await find<FeatureFlagStageSpec>(sql, key);
  const merged = Object.entries({ ...current?.spec, ...membersOf(spec) }).filter(([, value]) => value !== null);
  const next = checkSpec<FeatureFlagStageSpec>('FeatureFlagStage', Object.fromEntries(merged));
  return { key, current, next: approvedRules.normal(next, key) };
}

/** The version of a stage definition as requests name it: `0` if there is none. */
export function versionOf(definition: Resource | undefined): string {
  return definition?.version ?? '0';
}
