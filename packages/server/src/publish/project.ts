import type { AttributeDefinition, FlagDefinition } from '@flagwright/core';
import type { Sql } from '../database/database.ts';
import { keys, type Resource } from '../resources/resource.ts';
import { find, findAll } from '../resources/table.ts';
import type {
  ContextSpec,
  FeatureFlagSpec,
  FeatureFlagStageSpec,
  ProjectStageSpec,
} from '../schema/resources.generated.ts';
import { effectiveAttribute, effectiveFlag } from './effective.ts';

/** The stages that a project is linked to, by id. */
export async function linksOf(sql: Sql, project: string): Promise<ReadonlyMap<string, ProjectStageSpec>> {
  const links = await findAll<ProjectStageSpec>(sql, { kind: 'ProjectStage', project });
  return new Map(links.map(({ id, spec }) => [id, spec]));
}

/** The context attributes of a project, as flags know them. */
export async function attributesOf(sql: Sql, project: string): Promise<Readonly<Record<string, AttributeDefinition>>> {
  const contexts = await findAll<ContextSpec>(sql, { kind: 'Context', project });
  return Object.fromEntries(contexts.map(({ id, spec }) => [id, effectiveAttribute(spec)]));
}

/** A flag with all it says of stages, linked or not. */
export interface WholeFlag {
  readonly flag: Resource<FeatureFlagSpec>;
  readonly definitions: ReadonlyMap<string, Resource<FeatureFlagStageSpec>>;
}

/** A flag and its stage definitions; undefined if there is none. */
export async function wholeFlag(sql: Sql, project: string, id: string): Promise<WholeFlag | undefined> {
  const flag = await find<FeatureFlagSpec>(sql, keys.flag(project, id));
  if (flag === undefined) return undefined;
  const definitions = await findAll<FeatureFlagStageSpec>(sql, { kind: 'FeatureFlagStage', project, id });
  return { flag, definitions: new Map(definitions.map((definition) => [definition.stage, definition])) };
}

/** Flags of a project as they are stored, each with all its stage definitions. */
export async function wholeFlags(
  sql: Sql,
  project: string,
  id: readonly string[],
): Promise<ReadonlyMap<string, WholeFlag>> {
  const flags = await findAll<FeatureFlagSpec>(sql, { kind: 'FeatureFlag', project, id });
  const definitions = await findAll<FeatureFlagStageSpec>(sql, { kind: 'FeatureFlagStage', project, id });
  const own = new Map(flags.map((flag) => [flag.id, new Map<string, Resource<FeatureFlagStageSpec>>()]));
  for (const definition of definitions) own.get(definition.id)?.set(definition.stage, definition);
  return new Map(flags.map((flag) => [flag.id, { flag, definitions: own.get(flag.id)! }]));
}

/** What a stage serves of flags of a project, by key; archived ones are not served. */
export async function servedFlags(
  sql: Sql,
  project: string,
  stage: string,
  id?: readonly string[],
): Promise<ReadonlyMap<string, FlagDefinition>> {
  const flags = await findAll<FeatureFlagSpec>(sql, { kind: 'FeatureFlag', project, id });
  const definitions = await findAll<FeatureFlagStageSpec>(sql, { kind: 'FeatureFlagStage', project, stage, id });
  const own = new Map(definitions.map((definition) => [definition.id, definition.spec]));
  return new Map(
    flags
      .filter(({ spec }) => spec.archived !== true)
      .map((flag) => [flag.id, effectiveFlag(flag.spec, own.get(flag.id))]),
  );
}
