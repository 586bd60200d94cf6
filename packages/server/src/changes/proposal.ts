import { jsonEqual } from '@flagwright/core';
import type { Sql } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { approvedRules } from '../resources/definition-rules.ts';
import { difference } from '../resources/difference.ts';
import { type Key, keys, named, type Resource } from '../resources/resource.ts';
import { find } from '../resources/table.ts';
import { checkSpec } from '../schema/check.ts';
import { DECISIONS } from '../schema/definitions.ts';
import type { ChangeRequestSpec, FeatureFlagStageSpec } from '../schema/resources.generated.ts';
import type { Conflict } from './request.ts';

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

/**
 * What a request makes of the stage definition that is there: only what it names is changed, as a whole, and null takes it
 * out. Throws `Problem('INVALID_SPEC')` if that has not the shape of one.
 */
export async function proposalOf(sql: Sql, spec: ChangeRequestSpec): Promise<Proposal> {
  const key = keys.definition(spec.projectId, spec.stageId, spec.featureFlagId);
  const current = await find<FeatureFlagStageSpec>(sql, key);
  const merged = Object.entries({ ...current?.spec, ...membersOf(spec) }).filter(([, value]) => value !== null);
  const next = checkSpec<FeatureFlagStageSpec>('FeatureFlagStage', Object.fromEntries(merged));
  return { key, current, next: approvedRules.normal(next, key) };
}

/** The version of a stage definition as requests name it: `0` if there is none. */
export function versionOf(definition: Resource | undefined): string {
  return definition?.version ?? '0';
}

/** What is in the way of applying a request that was written for a version; undefined if it is the one that is there. */
export async function conflictOf(sql: Sql, base: string, { key, current }: Proposal): Promise<Conflict | undefined> {
  const currentVersion = versionOf(current);
  if (base === currentVersion) return undefined;
  const known = await contentAt(sql, key, base);
  return known === undefined
    ? { currentVersion }
    : { currentVersion, difference: difference(known.spec, current?.spec) };
}

/** Whether two conflicts say the same. */
export const sameConflict = (one: Conflict | undefined, other: Conflict | undefined): boolean => jsonEqual(one, other);

/** The answer to a change that was written for another version. */
export function staleProblem(what: string, { key }: Proposal, base: string, conflict: Conflict): Problem {
  const is = conflict.currentVersion === '0' ? 'is gone' : `has version ${conflict.currentVersion} now`;
  return new Problem('VERSION_CONFLICT', `${what} is for version ${base} of the ${named(key)}, which ${is}`, {
    hint: 'look at the difference, and name the version that is there now; an approver may also apply it with force',
    members: { ...conflict, expectedVersion: base },
  });
}

/** A `bigint` that is no version of anything else. */
const VERSION = /^[1-9]\d{0,17}$/;

/** What a resource said as of one of its versions, from the history; undefined if that was never one of its. */
async function contentAt(
  sql: Sql,
  { kind, project, stage, id }: Key,
  version: string,
): Promise<{ readonly spec?: unknown } | undefined> {
  if (version === '0') return {};
  if (!VERSION.test(version)) return undefined;
  const [row] = await sql.query<{ readonly after: { readonly spec: unknown } | null }>(
    `select after from flagwright.audit
     where version = $1::bigint and kind = $2 and project = $3 and stage = $4 and id = $5`,
    [version, kind, project, stage, id],
  );
  return row === undefined ? undefined : (row.after ?? {});
}
