import { type Issue, isRecord } from '@flagwright/core';
import type { Database, Transaction } from '../database/database.ts';
import type { Call, Reply } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { checkSpec } from '../schema/check.ts';
import { checkVersion, expectedVersion, isStale } from './condition.ts';
import { shown } from './manifest.ts';
import { mergePatch } from './merge-patch.ts';
import { type Key, named, type Resource } from './resource.ts';
import type { Rules, Scene } from './rules.ts';
import { sameSpec } from './same-spec.ts';
import { find } from './table.ts';
import { type Author, put, remove } from './write.ts';

/** A body of a request that writes, by its schema. */
export interface WriteBody {
  readonly spec: unknown;
  readonly version?: string | undefined;
  readonly comment?: string | undefined;
}

/** How a resource is written. */
export type Mode = 'create' | 'replace' | 'patch';

/** What came of it. */
export type Result = 'created' | 'updated' | 'unchanged' | 'deleted';

/** Who makes a change, by the request that asks for it. */
export function authorOf({ who, requestId }: Pick<Call, 'who' | 'requestId'>): Author {
  return { subject: who.subject, token: who.token, request: requestId };
}

/**
 * Writes a resource as a request says. Replacing makes what is not there; patching does for kinds whose rules say so, and
 * a change that changes nothing is none: it has no new version, and nothing is remembered.
 *
 * Throws `Problem`: `ALREADY_EXISTS`, `NOT_FOUND`, `VERSION_CONFLICT`, `INVALID_SPEC`, and what the rules throw.
 */
export async function save<Spec>(
  database: Database,
  rules: Rules<Spec> & { readonly upserts?: boolean },
  call: Call,
  key: Key,
  mode: Mode,
): Promise<Reply> {
  const body = call.body as WriteBody;
  const expected = mode === 'create' ? undefined : expectedVersion(call.request, body.version);
  const onlyNew = mode === 'replace' && call.request.headers.get('if-none-match')?.trim() === '*';
  const outcome = await database.write(
    (transaction) => saveWithin(transaction, rules, { ...call, body, mode, expected, onlyNew }, key),
    { dryRun: call.query.dryRun === true },
  );
  const { resource, result, warnings } = outcome;
  const headers = { etag: `"${resource.version}"` };
  return { status: result === 'created' ? 201 : 200, body: { ...shown(resource), result, warnings }, headers };
}

/** Who asks for a change, and whether they insist. */
export type Asking = Pick<Call, 'who' | 'requestId' | 'query'>;

/** A resource that is to be written. */
export interface Saving extends Asking {
  readonly body: WriteBody;
  readonly mode: Mode;
  /** The version that is to be there; `*` is any, undefined says nothing. */
  readonly expected: string | undefined;
  /** Whether nothing may be there. */
  readonly onlyNew?: boolean | undefined;
}

/** What `save` does, in a transaction of others. Throws what it throws. */
export async function saveWithin<Spec>(
  transaction: Transaction,
  rules: Rules<Spec> & { readonly upserts?: boolean },
  saving: Saving,
  key: Key,
): Promise<Saved<Spec>> {
  const { body, mode, expected, onlyNew = false, query } = saving;
  const before = await find<Spec>(transaction, key);
  if (before !== undefined && (mode === 'create' || onlyNew)) {
    throw new Problem('ALREADY_EXISTS', `${named(key)} exists already`, {
      hint: 'change it, or choose another id',
      members: { currentVersion: before.version },
    });
  }
  if (before === undefined && mode === 'patch' && rules.upserts !== true) throw notFound(key);
  const next = rules.normal(specOf(rules, body.spec, before, mode), key);
  // a forced change of what a stage serves is for emergencies: it wins over what somebody else did meanwhile
  const overridden = query.force === true && rules.upserts === true && isStale(expected, before);
  if (!overridden) checkVersion(expected, before, key, next);
  const scene = { ...sceneOf<Spec>(transaction, saving, key, before, body.comment), overridden };
  return saveNext(transaction, rules, scene, next);
}

/** What came of writing a resource. */
export interface Saved<Spec> {
  /** What was there. */
  readonly before: Resource<Spec> | undefined;
  readonly resource: Resource<Spec>;
  readonly result: Result;
  readonly warnings: readonly Issue[];
}

/** Writes a spec in its normal form, after all checks of its kind. `action` is what the history calls it. */
export async function saveNext<Spec>(
  transaction: Transaction,
  rules: Rules<Spec>,
  scene: Scene<Spec>,
  normal: Spec,
  action?: string,
  details?: unknown,
): Promise<Saved<Spec>> {
  const { key, before, by, comment, overridden = false } = scene;
  const { spec: next, warnings: renamed } = (await rules.named?.(scene, normal)) ?? { spec: normal, warnings: [] };
  const { warnings: found = [], forced: insisted = false } = await rules.check(scene, next);
  const warnings = [...renamed, ...found];
  if (before !== undefined && sameSpec(key.kind, before.spec, next)) {
    return { before, resource: before, result: 'unchanged', warnings };
  }
  const forced = insisted || overridden;
  const change = { by, action: action ?? (before === undefined ? 'create' : 'update'), comment, forced, details };
  const resource = await put(transaction, key, { spec: next, status: before?.status }, before, change);
  await rules.written?.(scene, resource);
  return { before, resource, result: before === undefined ? 'created' : 'updated', warnings };
}

/** Takes a resource away as a request says. Throws `Problem`: `NOT_FOUND`, `VERSION_CONFLICT`, and what the rules throw. */
export async function release<Spec>(database: Database, rules: Rules<Spec>, call: Call, key: Key): Promise<Reply> {
  const expected = expectedVersion(call.request, undefined);
  const comment = call.query.comment as string | undefined;
  const outcome = await database.write(
    async (transaction) => {
      const before = await find<Spec>(transaction, key);
      if (before === undefined) throw notFound(key);
      checkVersion(expected, before, key, undefined);
      const scene = { ...sceneOf(transaction, call, key, before, comment), before };
      const { warnings = [], forced } = (await rules.release?.(scene)) ?? {};
      const version = await remove(transaction, before, { by: scene.by, action: 'delete', comment, forced });
      await rules.gone?.(scene);
      return { resource: before, version, warnings };
    },
    { dryRun: call.query.dryRun === true },
  );
  return {
    status: 200,
    body: { ...shown(outcome.resource), result: 'deleted', version: outcome.version, warnings: outcome.warnings },
  };
}

export function notFound(key: Key): Problem {
  return new Problem('NOT_FOUND', `${named(key)} not found`, {
    members: { kind: key.kind, id: key.id, ...(key.project === '' ? {} : { project: key.project }) },
  });
}

/** A change on its way, as a request asks for it. */
export function sceneOf<Spec>(
  transaction: Transaction,
  asking: Asking,
  key: Key,
  before: Resource<Spec> | undefined,
  comment: string | undefined,
): Scene<Spec> {
  const { who, query } = asking;
  return { transaction, key, before, who, by: authorOf(asking), force: query.force === true, comment };
}

/** The spec that a body asks for. */
function specOf<Spec>(rules: Rules<Spec>, given: unknown, before: Resource<Spec> | undefined, mode: Mode): Spec {
  const spec = mode === 'patch' ? mergePatch(before?.spec ?? {}, given) : given;
  if (!isRecord(spec)) throw new Problem('INVALID_SPEC', 'the spec is no map');
  return checkSpec<Spec>(rules.kind, spec);
}
