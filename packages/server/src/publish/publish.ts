import { type Edit, type FlagDefinition, jsonEqual } from '@flagwright/core';
import type { SetName, Transaction } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import type { ProjectStageSpec } from '../schema/resources.generated.ts';
import { behaviour, effectiveFlag } from './effective.ts';
import { attributesOf, servedFlags, type WholeFlag } from './project.ts';

/** What a flag would be in each linked stage; undefined where it is not served. */
function inStages(
  whole: WholeFlag | undefined,
  links: ReadonlyMap<string, ProjectStageSpec>,
): ReadonlyMap<string, FlagDefinition | undefined> {
  const served = whole !== undefined && whole.flag.spec.archived !== true;
  return new Map(
    [...links.keys()].map((stage) => [
      stage,
      served ? effectiveFlag(whole.flag.spec, whole.definitions.get(stage)?.spec) : undefined,
    ]),
  );
}

/** A flag before and after a change, in a project that is linked to stages. */
export interface FlagChange {
  readonly project: string;
  readonly key: string;
  readonly links: ReadonlyMap<string, ProjectStageSpec>;
  readonly before: WholeFlag | undefined;
  readonly after: WholeFlag | undefined;
}

/** The stages that serve something else after a change, with both. */
export function changedStages({
  links,
  before,
  after,
}: FlagChange): ReadonlyMap<string, readonly [FlagDefinition | undefined, FlagDefinition | undefined]> {
  const was = inStages(before, links);
  const is = inStages(after, links);
  return new Map(
    [...links.keys()]
      .map((stage) => [stage, [was.get(stage), is.get(stage)]] as const)
      .filter(([, [old, next]]) => JSON.stringify(old) !== JSON.stringify(next)),
  );
}

/** Publishes a flag to the stages that serve something else than before. */
export async function publishFlag(transaction: Transaction, change: FlagChange, by: string): Promise<void> {
  const { project, key } = change;
  for (const [stage, [, next]] of changedStages(change)) {
    await transaction.publish({ project, stage }, [{ key, next: next ?? null }], by);
  }
}

/** Publishes entries to all linked stages of a project. */
export async function publishToAll(
  transaction: Transaction,
  project: string,
  links: ReadonlyMap<string, ProjectStageSpec>,
  edits: readonly Edit[],
  by: string,
): Promise<void> {
  for (const stage of links.keys()) await transaction.publish({ project, stage }, edits, by);
}

/** Publishes all that a stage serves of a project, for the first time. */
export async function publishSet(transaction: Transaction, { project, stage }: SetName, by: string): Promise<void> {
  const flags = await servedFlags(transaction, project, stage);
  const attributes = Object.entries(await attributesOf(transaction, project));
  await transaction.publish(
    { project, stage },
    [
      ...attributes.map(([key, next]): Edit => ({ kind: 'attribute', key, next })),
      ...[...flags].map(([key, next]): Edit => ({ key, next })),
    ],
    by,
  );
}

/** Takes all entries out of a set: applications see that its flags are gone, and serve their own defaults. */
export async function emptySet(transaction: Transaction, set: SetName, by: string): Promise<void> {
  const rows = await transaction.query<{ readonly kind: Edit['kind']; readonly key: string }>(
    'select kind, key from public.feature_flags where project = $1 and stage = $2',
    [set.project, set.stage],
  );
  await transaction.publish(
    set,
    rows.map(({ kind, key }) => ({ kind: kind!, key, next: null })),
    by,
  );
}

/**
 * Throws `Problem('PROTECTED')` if a change would have a protected stage serve something else, past change requests. What
 * only people read, and a flag that is new and off, may change.
 */
export function checkProtection(change: FlagChange, hint: string): void {
  const stages = [...changedStages(change)]
    .filter(([stage]) => change.links.get(stage)?.requireChangeRequest === true)
    .filter(([, [old, next]]) => decidesDifferently(old, next))
    .map(([stage]) => stage);
  if (stages.length === 0) return;
  const list = stages.map((stage) => JSON.stringify(stage)).join(', ');
  throw new Problem(
    'PROTECTED',
    `stage ${list} takes changes of flag ${JSON.stringify(change.key)} by change request only`,
    {
      hint,
      members: { stages },
    },
  );
}

function decidesDifferently(old: FlagDefinition | undefined, next: FlagDefinition | undefined): boolean {
  if (old === undefined && next?.enabled !== true && next?.offVariant === undefined) return false;
  if (next === undefined && old?.enabled !== true && old?.offVariant === undefined) return false;
  return !jsonEqual(behaviour(old), behaviour(next));
}
