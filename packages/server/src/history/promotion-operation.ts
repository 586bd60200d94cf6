import type { FlagDefinition } from '@flagwright/core';
import { demand } from '../access/principal.ts';
import type { Database, Sql, Transaction } from '../database/database.ts';
import type { Call, Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { effectiveFlag } from '../publish/effective.ts';
import { checkVersion, expectedVersion } from '../resources/condition.ts';
import { definitionRules } from '../resources/definition-rules.ts';
import { shown } from '../resources/manifest.ts';
import { DRY_RUN, FORCE } from '../resources/parameters.ts';
import { type Key, keys, named, type Resource } from '../resources/resource.ts';
import { notFound, type Saved, saveNext, sceneOf } from '../resources/save.ts';
import { find } from '../resources/table.ts';
import { checkSpec } from '../schema/check.ts';
import { DECISIONS } from '../schema/definitions.ts';
import type { ChangeRequestSpec, FeatureFlagSpec, FeatureFlagStageSpec } from '../schema/resources.generated.ts';
import { FLAG_ITEM } from './items.ts';
import { PROMOTED, PROMOTION } from './promotion-schemas.ts';

/** What promotions need of other parts of the server. */
export interface PromotionOptions {
  /** Makes a change request, in a transaction. Throws `Problem`: `INVALID_SPEC` and others. */
  readonly createChangeRequest: (
    transaction: Transaction,
    spec: ChangeRequestSpec,
    call: Call,
  ) => Promise<Saved<ChangeRequestSpec>>;
  /** What a change does to whom, for the answer. */
  readonly effectOf?:
    | ((sql: Sql, project: string, key: string, before: FlagDefinition, after: FlagDefinition) => Promise<unknown>)
    | undefined;
}

/** A body of the shape of `PROMOTION`. */
interface Body {
  readonly from: string;
  readonly to: string;
  readonly comment?: string;
  readonly only?: readonly string[];
  readonly asChangeRequest?: boolean;
}

/** Makes what a flag does in one stage what it does in another. */
export function promotionOperation(database: Database, options: PromotionOptions): Operation {
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
      return database.write(
        async (transaction) => {
          const promotion = await promotionOf(transaction, call, body);
          const effect = await effectIn(transaction, promotion, options);
          if (body.asChangeRequest !== true) return promoted(transaction, call, body, promotion, effect);
          const spec = requestFor(promotion, body);
          if (spec === undefined) {
            return { body: { ...shown(promotion.before!), result: 'unchanged', warnings: [], effect } };
          }
          const { resource, result, warnings } = await options.createChangeRequest(transaction, spec, call);
          return { status: 201, body: { ...shown(resource), result, warnings, effect } };
        },
        { dryRun: call.query.dryRun === true },
      );
    },
  };
}

interface Promotion {
  readonly key: Key;
  readonly flag: Resource<FeatureFlagSpec>;
  readonly source: Resource<FeatureFlagStageSpec>;
  readonly before: Resource<FeatureFlagStageSpec> | undefined;
  readonly next: FeatureFlagStageSpec;
}

async function promotionOf(sql: Sql, { params, query, request }: Call, { from, to, only }: Body): Promise<Promotion> {
  const { project, flag: id } = params as { readonly project: string; readonly flag: string };
  const flag = await find<FeatureFlagSpec>(sql, keys.flag(project, id));
  if (flag === undefined) throw notFound(keys.flag(project, id));
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
  if (query.force !== true) checkVersion(expectedVersion(request, undefined), before, key, next);
  return { key, flag, source, before, next };
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
  { key, source, before, next }: Promotion,
  effect: unknown,
): Promise<{ readonly body: object; readonly headers: Readonly<Record<string, string>> }> {
  const scene = sceneOf(transaction, call, key, before, comment);
  const details = { from, version: source.version };
  const { resource, result, warnings } = await saveNext(transaction, definitionRules, scene, next, 'promote', details)
    // the transaction goes with it, so nothing is done that a request would have to be for
    .catch((thrown: unknown) => {
      if (!(thrown instanceof Problem) || thrown.code !== 'PROTECTED') throw thrown;
      throw new Problem('PROTECTED', thrown.message, {
        hint: 'set asChangeRequest to ask for the change, or use force as an approver in an emergency',
        members: thrown.members,
        cause: thrown,
      });
    });
  return { body: { ...shown(resource), result, warnings, effect }, headers: { etag: `"${resource.version}"` } };
}

/** The change request that says what a promotion would do; undefined if that is nothing. */
function requestFor({ key, before, next }: Promotion, { comment }: Body): ChangeRequestSpec | undefined {
  const was = new Map<string, unknown>(Object.entries(before?.spec ?? {}));
  const is = new Map<string, unknown>(Object.entries(next));
  // the order of variants in a rollout counts, so texts are compared
  const changed = DECISIONS.filter((name) => JSON.stringify(was.get(name)) !== JSON.stringify(is.get(name)));
  if (before !== undefined && changed.length === 0) return undefined;
  return checkSpec<ChangeRequestSpec>('ChangeRequest', {
    projectId: key.project,
    featureFlagId: key.id,
    stageId: key.stage,
    featureFlagStageDefinitionVersion: before?.version ?? '0',
    ...(comment === undefined ? {} : { comment }),
    ...Object.fromEntries(changed.map((name) => [name, is.get(name) ?? null])),
  });
}

async function effectIn(
  sql: Sql,
  { key, flag, before, next }: Promotion,
  { effectOf }: PromotionOptions,
): Promise<unknown> {
  return effectOf?.(sql, key.project, key.id, effectiveFlag(flag.spec, before?.spec), effectiveFlag(flag.spec, next));
}
