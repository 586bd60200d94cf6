import { jsonEqual } from '@flagwright/core';
import { demand } from '../access/principal.ts';
import { type Change, changeBy, effectOfChange } from '../changes/effect-of-request.ts';
import type { Proposal } from '../changes/proposal.ts';
import { createRequest } from '../changes/write-request.ts';
import type { Database, Sql, Transaction } from '../database/database.ts';
import { formatEffect } from '../effect/index.ts';
import type { Call, Operation, Reply } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { checkVersion, expectedVersion, isStale } from '../resources/condition.ts';
import { definitionRules } from '../resources/definition-rules.ts';
import { FLAG_ITEM } from '../resources/items.ts';
import { shown } from '../resources/manifest.ts';
import { DRY_RUN, FORCE } from '../resources/parameters.ts';
import { keys, named, type Resource } from '../resources/resource.ts';
import { authorOf, notFound, saveNext, sceneOf } from '../resources/save.ts';
import { find } from '../resources/table.ts';
import { DECISIONS } from '../schema/definitions.ts';
import type { FeatureFlagStageSpec } from '../schema/resources.generated.ts';
import { PROMOTED, PROMOTION } from './promotion-schemas.ts';

/** A body of the shape of `PROMOTION`. */
interface Body {
  readonly from: string;
  readonly to: string;
  readonly comment?: string;
  readonly only?: readonly string[];
  readonly asChangeRequest?: boolean;
}

/** Makes what a flag does in one stage what it does in another. */
export function promotionOperation(database: Database): Operation {
  return {
    id: 'promoteFeatureFlag',
    method: 'POST',
    path: `${FLAG_ITEM.path}/promote`,
    tag: FLAG_ITEM.tag,
    summary: 'Makes the stage definition of one stage that of another',
    description:
      'If-Match is the version of the definition in the stage it is promoted to. A stage that takes changes by request only gets one, if asChangeRequest is set.',
    access: 'own',
    query: { dryRun: DRY_RUN, force: FORCE },
    body: PROMOTION,
    answers: {
      200: { description: 'It was promoted, or was the same.', schema: PROMOTED },
      201: { description: 'A change request was made.', schema: PROMOTED },
    },
    async handle(call) {
      const { who, params } = call;
      // of the shape of the schema, which the router has checked
      const body = call.body as Body;
      const project = params.project!;
      demand(who, 'read', { project, stage: body.from });
      demand(who, 'write', { project, stage: body.to });
      if (body.from === body.to) {
        throw new Problem('INVALID_ARGUMENT', `from and to are both ${JSON.stringify(body.to)}; expected two stages`);
      }
      const { change, ...done } = await database.write(
        async (transaction) => {
          const promotion = await promotionOf(transaction, call, body);
          const { key, before, next } = promotion;
          const change = await changeBy(transaction, { key, current: before, next });
          const write = body.asChangeRequest === true ? requested : promoted;
          return { ...(await write(transaction, call, body, promotion)), change };
        },
        { dryRun: call.query.dryRun === true },
      );
      return replyOf(done, change);
    },
  };
}

/** What came of it, and what of. */
interface Done {
  readonly resource: Resource;
  readonly result: 'created' | 'updated' | 'unchanged' | 'deleted';
  readonly warnings: readonly unknown[];
}

/** The effect is worked out after the transaction: it may take long. */
function replyOf({ resource, result, warnings }: Done, change: Change | undefined): Reply {
  const effect = change && effectOfChange(change);
  return {
    status: resource.kind === 'ChangeRequest' && result === 'created' ? 201 : 200,
    body: { ...shown(resource), result, warnings, effect, effectText: effect && formatEffect(effect) },
    headers: { etag: `"${resource.version}"` },
  };
}

interface Promotion extends Pick<Proposal, 'key' | 'next'> {
  readonly source: Resource<FeatureFlagStageSpec>;
  readonly before: Resource<FeatureFlagStageSpec> | undefined;
  /** Whether force has gone past a version. */
  readonly overridden: boolean;
}

async function promotionOf(sql: Sql, { params, query, request }: Call, { from, to, only }: Body): Promise<Promotion> {
  const { project, flag: id } = params as { readonly project: string; readonly flag: string };
  if ((await find(sql, keys.flag(project, id))) === undefined) throw notFound(keys.flag(project, id));
  const source = await find<FeatureFlagStageSpec>(sql, keys.definition(project, from, id));
  if (source === undefined) {
    throw new Problem('NOT_FOUND', `${named(keys.definition(project, from, id))} not found: nothing to promote`, {
      hint: 'there the flag does what its own definition says; delete the other definition for the same',
      members: { kind: 'FeatureFlagStage', id, project },
    });
  }
  const key = keys.definition(project, to, id);
  const before = await find<FeatureFlagStageSpec>(sql, key);
  const next = definitionRules.normal(only === undefined ? source.spec : merged(before?.spec, source.spec, only), key);
  // as in other changes of what a stage serves: in an emergency it wins over what somebody else did meanwhile
  const expected = expectedVersion(request, undefined);
  const overridden = query.force === true && isStale(expected, before);
  if (!overridden) checkVersion(expected, before, key, next);
  return { key, source, before, next, overridden };
}

/** A definition with some members as another one has them, or has them not. */
function merged(
  own: FeatureFlagStageSpec = {},
  other: FeatureFlagStageSpec,
  only: readonly string[],
): FeatureFlagStageSpec {
  const members = new Map(Object.entries(own).filter(([name]) => !only.includes(name)));
  for (const [name, value] of Object.entries(other)) if (only.includes(name)) members.set(name, value);
  return Object.fromEntries(members);
}

async function promoted(
  transaction: Transaction,
  call: Call,
  { from, comment }: Body,
  { key, source, before, next, overridden }: Promotion,
): Promise<Done> {
  const scene = { ...sceneOf(transaction, call, key, before, comment), overridden };
  const details = { from, version: source.version };
  try {
    return await saveNext(transaction, definitionRules, scene, next, 'promote', details);
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== 'PROTECTED') throw thrown;
    throw new Problem('PROTECTED', thrown.message, {
      hint: 'set asChangeRequest to ask for the change, or use force as an approver in an emergency',
      members: thrown.members,
      cause: thrown,
    });
  }
}

/** Asks for what a promotion would do; there is nothing to ask for if that is nothing. */
async function requested(
  transaction: Transaction,
  call: Call,
  { from, comment = `promoted from stage ${JSON.stringify(from)}` }: Body,
  { key, before, next }: Promotion,
): Promise<Done> {
  const was = new Map<string, unknown>(Object.entries(before?.spec ?? {}));
  const is = new Map<string, unknown>(Object.entries(next));
  const changed = DECISIONS.filter((name) => !jsonEqual(was.get(name), is.get(name)));
  if (before !== undefined && changed.length === 0) return { resource: before, result: 'unchanged', warnings: [] };
  const spec = {
    projectId: key.project,
    featureFlagId: key.id,
    stageId: key.stage,
    featureFlagStageDefinitionVersion: before?.version ?? '0',
    comment,
    ...Object.fromEntries(changed.map((name) => [name, is.get(name) ?? null])),
  };
  const writer = { who: call.who, by: authorOf(call), comment };
  const { request, result, warnings } = await createRequest(transaction, spec, undefined, writer);
  return { resource: request, result, warnings };
}
