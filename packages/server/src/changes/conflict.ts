import { jsonEqual } from '@flagwright/core';
import type { Sql } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { behaviour, effectiveFlag } from '../publish/effective.ts';
import { type Difference, difference } from '../resources/difference.ts';
import { type Key, keys, named, type Resource } from '../resources/resource.ts';
import { find } from '../resources/table.ts';
import type { FeatureFlagSpec, FeatureFlagStageSpec } from '../schema/resources.generated.ts';
import { type Proposal, versionOf } from './proposal.ts';
import type { Conflict } from './request.ts';

/**
 * What a request was written for: what it would have the stage serve is made of the stage definition and of the flag's own,
 * and whoever decides has looked at both.
 */
export interface Basis {
  /** The version of the stage definition; `0`: there was none. */
  readonly definition: string;
  /** The version of the flag's own definition; undefined: it is written only now. `0`: it is not known. */
  readonly flag?: string | undefined;
}

/**
 * What is in the way of applying a request; undefined if what it was written for is there. Of the flag that is whatever
 * programs see of it in that stage: who describes or tags it otherwise meanwhile is in nobody's way.
 */
export async function conflictOf(sql: Sql, basis: Basis, proposal: Proposal): Promise<Conflict | undefined> {
  const { key, current } = proposal;
  const currentVersion = versionOf(current);
  const other = basis.definition !== currentVersion;
  const flag = await flagConflict(sql, basis, proposal);
  if (!other && flag === undefined) return undefined;
  const known = other ? await contentAt(sql, key, basis.definition) : { spec: current?.spec };
  const ofFlag = flag === undefined ? [] : flag.difference;
  return {
    currentVersion,
    ...(flag === undefined ? {} : { flagVersion: flag.version }),
    ...(known === undefined || ofFlag === undefined
      ? {}
      : { difference: [...difference(known.spec, current?.spec), ...ofFlag] }),
  };
}

/** Whether two conflicts say the same. */
export const sameConflict = (one: Conflict | undefined, other: Conflict | undefined): boolean => jsonEqual(one, other);

/** The answer to a change that was written for something else. */
export function staleProblem(what: string, { key }: Proposal, basis: Basis, conflict: Conflict): Problem {
  const { currentVersion, flagVersion } = conflict;
  const is = currentVersion === '0' ? 'is gone' : `has version ${currentVersion} now`;
  const message =
    currentVersion === basis.definition
      ? `${what} is for version ${basis.flag ?? '0'} of the ${named(keys.flag(key.project, key.id))}, which decides otherwise since version ${flagVersion}`
      : `${what} is for version ${basis.definition} of the ${named(key)}, which ${is}`;
  return new Problem('VERSION_CONFLICT', message, {
    hint: 'look at the difference, and save the request again for what is there now; an approver may also apply it with force',
    members: { ...conflict, expectedVersion: basis.definition },
  });
}

/** The version of the flag's own definition that a proposal is about; undefined if there is none. */
export async function flagVersionOf(sql: Sql, { key }: Proposal): Promise<string | undefined> {
  return (await flagOf(sql, key))?.version;
}

interface FlagConflict {
  readonly version: string;
  /** Undefined: what it was then is not known. */
  readonly difference: readonly Difference[] | undefined;
}

/** How the flag decides otherwise under what a request makes of the stage definition: what that says itself does not count. */
async function flagConflict(sql: Sql, basis: Basis, { key, next }: Proposal): Promise<FlagConflict | undefined> {
  if (basis.flag === undefined) return undefined;
  const flag = await flagOf(sql, key);
  // one that is gone is told of by what checks the definition
  if (flag === undefined || flag.version === basis.flag) return undefined;
  const known = await contentAt<FeatureFlagSpec>(sql, flag, basis.flag);
  if (known?.spec === undefined) return { version: flag.version, difference: undefined };
  const seen = (spec: FeatureFlagSpec, own: FeatureFlagStageSpec): unknown => behaviour(effectiveFlag(spec, own));
  const found = difference(seen(known.spec, next), seen(flag.spec, next));
  return found.length === 0 ? undefined : { version: flag.version, difference: found };
}

const flagOf = (sql: Sql, { project, id }: Key): Promise<Resource<FeatureFlagSpec> | undefined> =>
  find<FeatureFlagSpec>(sql, keys.flag(project, id));

/** A `bigint` that is no version of anything else. */
const VERSION = /^[1-9]\d{0,17}$/;

/** What a resource said as of one of its versions, from the history; undefined if that was never one of its. */
async function contentAt<Spec = unknown>(
  sql: Sql,
  { kind, project, stage, id }: Key,
  version: string,
): Promise<{ readonly spec?: Spec } | undefined> {
  if (version === '0') return {};
  if (!VERSION.test(version)) return undefined;
  const [row] = await sql.query<{ readonly after: { readonly spec: Spec } | null }>(
    `select after from flagwright.audit
     where version = $1::bigint and kind = $2 and project = $3 and stage = $4 and id = $5`,
    [version, kind, project, stage, id],
  );
  return row === undefined ? undefined : (row.after ?? {});
}
