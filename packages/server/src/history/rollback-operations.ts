import type { Issue } from '@flagwright/core';
import type { Verb } from '../access/principal.ts';
import type { Database, Sql } from '../database/database.ts';
import type { Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { checkVersion, expectedVersion, isStale } from '../resources/condition.ts';
import { definitionRules } from '../resources/definition-rules.ts';
import { flagRules } from '../resources/flag-rules.ts';
import {
  CONTEXT_ITEM,
  DEFINITION_ITEM,
  FLAG_ITEM,
  type Item,
  LINK_ITEM,
  PROJECT_ITEM,
  STAGE_ITEM,
} from '../resources/items.ts';
import { shown } from '../resources/manifest.ts';
import { DRY_RUN, FORCE } from '../resources/parameters.ts';
import { contextRules, linkRules, projectRules, stageRules } from '../resources/plain-rules.ts';
import { type Key, type Kind, named } from '../resources/resource.ts';
import type { Rules } from '../resources/rules.ts';
import { saveNext, sceneOf } from '../resources/save.ts';
import { find } from '../resources/table.ts';
import { savedSchema } from '../schema/answers.ts';
import { checkSpec } from '../schema/check.ts';
import type { Entry } from './entry.ts';
import { entryAt, newestEntry } from './read.ts';
import { ROLLBACK } from './schemas.ts';

/**
 * Makes resources what they were after an earlier version, which is a new change: it is checked, published and remembered
 * as every other one is, and refused where a protection or a version stands against it.
 */
export function rollbackOperations(database: Database): readonly Operation[] {
  return [
    rollback(database, PROJECT_ITEM, projectRules, 'administer'),
    rollback(database, STAGE_ITEM, stageRules, 'administer'),
    rollback(database, LINK_ITEM, linkRules, 'administer'),
    rollback(database, FLAG_ITEM, flagRules, 'write'),
    rollback(database, DEFINITION_ITEM, definitionRules, 'write'),
    rollback(database, CONTEXT_ITEM, contextRules, 'write'),
  ];
}

function rollback<Spec>(
  database: Database,
  item: Item<Key>,
  rules: Rules<Spec> & { readonly upserts?: boolean },
  access: Verb,
): Operation {
  const { one, tag, path } = item;
  return {
    id: `rollBack${one}`,
    method: 'POST',
    path: `${path}/rollback`,
    tag,
    summary: `Makes a ${one} what it was after an earlier version`,
    description:
      'A new change, which is checked as every other one. Brings back one that was deleted; what was deleted with it has a history of its own.',
    access,
    query: { dryRun: DRY_RUN, force: FORCE },
    body: ROLLBACK,
    answers: { 200: { description: 'It is so again, or was so already.', schema: savedSchema(one) } },
    async handle(call) {
      const key = item.subject(call.params);
      // of the shape of the schema, which the router has checked
      const { version, comment } = call.body as { readonly version: string; readonly comment?: string };
      const expected = expectedVersion(call.request, undefined);
      const { resource, result, warnings } = await database.write(
        async (transaction) => {
          const before = await find<Spec>(transaction, key);
          const entry = await entryAt(transaction, key, version);
          if (entry.after === null) throw wasDeleted(key, entry);
          const next = rules.normal(checkSpec<Spec>(rules.kind, entry.after.spec), key);
          // as in other changes of what a stage serves: in an emergency it wins over what somebody else did meanwhile
          const overridden = call.query.force === true && rules.upserts === true && isStale(expected, before);
          if (!overridden) checkVersion(expected, before, key, next);
          const scene = { ...sceneOf<Spec>(transaction, call, key, before, comment), overridden };
          const lost = before === undefined ? await deletedAlong(transaction, key) : [];
          const saved = await saveNext(transaction, rules, scene, next, 'rollback', { to: version });
          return { ...saved, warnings: [...saved.warnings, ...lost] };
        },
        { dryRun: call.query.dryRun === true },
      );
      return { body: { ...shown(resource), result, warnings }, headers: { etag: `"${resource.version}"` } };
    },
  };
}

function wasDeleted(key: Key, { version }: Entry): Problem {
  return new Problem('CONFLICT', `${named(key)} was deleted by version ${version}: there is nothing to go back to`, {
    hint: 'choose the version before it, or delete it',
    members: { version },
  });
}

/** Where what goes with a resource is: $4 is its id, $5 its project. */
const WENT_ALONG: Partial<Readonly<Record<Kind, string>>> = {
  Project: 'project = $4',
  Stage: 'stage = $4',
  FeatureFlag: 'id = $4 and project = $5',
};

/** What went with a resource when it was deleted, and does not come back with it. */
async function deletedAlong(sql: Sql, key: Key): Promise<readonly Issue[]> {
  const where = WENT_ALONG[key.kind];
  if (where === undefined) return [];
  const end = await newestEntry(sql, key);
  if (end === undefined) return [];
  const [row] = await sql.query<{ readonly count: string; readonly names: string | null }>(
    `select count(*)::text as count, string_agg(distinct kind, ', ') as names from flagwright.audit
     where version > $1::bigint and request = $2 and action = 'delete' and details ->> 'with' = $3 and ${where}`,
    [end.version, end.requestId, key.kind, key.id, ...(key.kind === 'FeatureFlag' ? [key.project] : [])],
  );
  const count = Number(row?.count ?? 0);
  if (count === 0) return [];
  return [
    {
      severity: 'warning',
      code: 'not-restored',
      path: [],
      message: `${count} resources (${row!.names}) were deleted along with ${named(key)}, and are not back`,
      hint: `roll them back too: the audit lists them by requestId=${JSON.stringify(end.requestId)}`,
    },
  ];
}
