import { type Issue, isRecord } from '@flagwright/core';
import { demand, type Principal } from '../access/principal.ts';
import type { Sql, Transaction } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { withVariantNames } from '../publish/variant-names.ts';
import { checkVersion } from '../resources/condition.ts';
import { approvedRules, flagToChange } from '../resources/definition-rules.ts';
import { mergePatch } from '../resources/merge-patch.ts';
import { keys, named } from '../resources/resource.ts';
import { sameSpec } from '../resources/same-spec.ts';
import { find } from '../resources/table.ts';
import { type Author, put } from '../resources/write.ts';
import type { ChangeRequestSpec, FeatureFlagSpec } from '../schema/resources.generated.ts';
import { type Basis, conflictOf, staleProblem } from './conflict.ts';
import { basisOf, requestNamed, sceneOf } from './decide.ts';
import { type Change, changeBy } from './effect-of-request.ts';
import { checkFuture, invalid, normalSpec } from './normal.ts';
import { definitionOf, type Proposal, proposalOf, versionOf } from './proposal.ts';
import {
  type ChangeRequest,
  checkPending,
  findRequest,
  type RequestStatus,
  requestKey,
  timeOf,
  withoutApproval,
} from './request.ts';
import { demandOwnOrApprove } from './rights.ts';

/** Somebody who writes a request. */
export interface Writer {
  readonly who: Principal;
  readonly by: Author;
  /** What is remembered of the writing, in the history only. */
  readonly comment: string | undefined;
}

/** What came of writing one. */
export interface Written {
  /** What was there. */
  readonly before: ChangeRequest | undefined;
  readonly result: 'created' | 'updated' | 'unchanged';
  readonly request: ChangeRequest;
  readonly warnings: readonly Issue[];
  readonly change: Change | undefined;
}

/**
 * Makes a request, after all checks of the stage definition it proposes; without an id, by the next number. Throws
 * `Problem`: `FORBIDDEN`, `INVALID_SPEC`, `NOT_FOUND` of the flag or the link, `CONFLICT` of an archived flag,
 * `VERSION_CONFLICT` if it is for another version than is there, `ALREADY_EXISTS`.
 */
export async function createRequest(
  transaction: Transaction,
  given: unknown,
  id: string | undefined,
  writer: Writer,
): Promise<Written> {
  const { who, by, comment } = writer;
  const spec = normalSpec(given);
  const { projectId: project, stageId: stage } = spec;
  demand(who, 'write', { project, stage });
  const existing = id === undefined ? undefined : await findRequest(transaction, id);
  if (existing !== undefined) throw alreadyThere(existing);
  await checkFuture(transaction, spec);
  const base = spec.featureFlagStageDefinitionVersion;
  const { spec: stored, proposal, flagVersion, warnings } = await checked(transaction, spec, writer, base);
  const requestedAt = (await timeOf(transaction)).toISOString();
  const status: RequestStatus = { state: 'pending', requester: by.subject, requestedAt, flagVersion };
  const key = requestKey(id ?? (await nextId(transaction)), project, stage);
  const content = { spec: { ...stored, featureFlagStageDefinitionVersion: versionOf(proposal.current) }, status };
  const request = await put(transaction, key, content, undefined, { by, action: 'create', comment });
  return { result: 'created', before: undefined, request, warnings, change: await changeBy(transaction, proposal) };
}

/**
 * Changes what a pending request says: as a whole, or as a merge patch. It is for the version it was for, unless it names
 * the one that is there now. Whatever is changed, an approval is of what was there before, and taken back. Throws
 * `Problem`: `NOT_FOUND`, `FORBIDDEN`, `NOT_PENDING`, and what `createRequest` throws.
 */
export async function updateRequest(
  transaction: Transaction,
  id: string,
  given: unknown,
  mode: 'replace' | 'patch',
  expected: string | undefined,
  writer: Writer,
): Promise<Written> {
  const { by, comment } = writer;
  const before = await requestNamed(transaction, id);
  demandOwnOrApprove(writer.who, before);
  checkPending(before);
  const basis = basisOf(before);
  const base = basis.definition;
  const said = normalSpec(mode === 'patch' ? patched(before.spec, given) : given);
  checkPlace(before, said);
  const asked = { ...said, featureFlagStageDefinitionVersion: said.featureFlagStageDefinitionVersion ?? base };
  checkVersion(expected, before, before, asked);
  if (asked.applyAt !== before.spec.applyAt) await checkFuture(transaction, asked);
  const rebased = asked.featureFlagStageDefinitionVersion !== base;
  const named = rebased ? asked.featureFlagStageDefinitionVersion : undefined;
  const { spec, proposal, flagVersion, warnings } = await checked(transaction, asked, writer, named);
  const change = await changeBy(transaction, proposal);
  // whoever saves it again for a flag that decides otherwise now has looked at that: this is a change
  const current = await conflictOf(transaction, basis, proposal);
  if (same(before.spec, spec) && current?.flagVersion === undefined) {
    return { result: 'unchanged', before, request: before, warnings, change };
  }
  const { failure, conflict, ...status } = withoutApproval(before.status);
  // what was told of the flag is over now; of the stage definition, if the request names the version that is there
  const now = { definition: spec.featureFlagStageDefinitionVersion, flag: flagVersion };
  const left = conflict === undefined ? undefined : await conflictOf(transaction, now, proposal);
  const next: RequestStatus = {
    ...status,
    flagVersion,
    ...editorsOf(before.status, by.subject),
    ...(left === undefined ? {} : { conflict: left }),
  };
  const request = await put(transaction, before, { spec, status: next }, before, { by, action: 'update', comment });
  return { result: 'updated', before, request, warnings, change };
}

/** A request that is to be as a whole what is said, and made if it is not there. */
export interface Replacing {
  readonly id: string;
  readonly given: unknown;
  /** The version that is to be there; `*` is any, undefined says nothing. */
  readonly expected: string | undefined;
  /** Whether nothing may be there. */
  readonly onlyNew?: boolean | undefined;
}

/** Replaces a request, or makes it; one that was decided upon stays, if it says the same. Throws what `createRequest` and `updateRequest` throw. */
export async function replaceRequest(
  transaction: Transaction,
  { id, given, expected, onlyNew = false }: Replacing,
  writer: Writer,
): Promise<Written> {
  const before = await findRequest(transaction, id);
  // who names a version believes that it is there
  if (before === undefined && expected === undefined) return createRequest(transaction, given, id, writer);
  if (before !== undefined && onlyNew) throw alreadyThere(before);
  if (before !== undefined && (await isDecidedSo(transaction, before, given))) {
    demand(writer.who, 'write', { project: before.project, stage: before.stage });
    checkVersion(expected, before, before, before.spec);
    return { result: 'unchanged', before, request: before, warnings: [], change: undefined };
  }
  return updateRequest(transaction, id, given, 'replace', expected, writer);
}

/** Whether a request was decided upon, and says what is said: a list that was saved can be applied again. */
async function isDecidedSo(sql: Sql, { spec, status }: ChangeRequest, given: unknown): Promise<boolean> {
  if (status.state === 'pending') return false;
  const flag = await find<FeatureFlagSpec>(sql, keys.flag(spec.projectId, spec.featureFlagId));
  const normal = normalSpec(given);
  const said = flag === undefined ? normal : withVariantNames(flag.spec, normal).spec;
  const { featureFlagStageDefinitionVersion: base } = spec;
  return sameSpec('ChangeRequest', { featureFlagStageDefinitionVersion: base, ...said }, spec);
}

/** The problem of making what is there. */
function alreadyThere(request: ChangeRequest): Problem {
  return new Problem('ALREADY_EXISTS', `${named(request)} exists already`, {
    hint: 'change it, or leave the id out: requests are numbered',
    members: { currentVersion: request.version },
  });
}

/** All checks of what a request would make of a stage definition, and of the version that it says it is for; with the spec as it is stored. */
async function checked<Spec extends ChangeRequestSpec>(
  transaction: Transaction,
  said: Spec,
  writer: Writer,
  base: string | undefined,
): Promise<{
  readonly spec: Spec;
  readonly proposal: Proposal;
  readonly flagVersion: string;
  readonly warnings: readonly Issue[];
}> {
  const { flag } = await flagToChange(transaction, definitionOf(said));
  const { spec, warnings: renamed } = withVariantNames(flag.spec, said);
  const proposal = await proposalOf(transaction, spec);
  const basis: Basis | undefined = base === undefined ? undefined : { definition: base };
  const conflict = basis && (await conflictOf(transaction, basis, proposal));
  if (basis !== undefined && conflict !== undefined)
    throw staleProblem('the change request', proposal, basis, conflict);
  const { warnings = [] } = await approvedRules.check(sceneOf(transaction, proposal, writer), proposal.next);
  return { spec, proposal, flagVersion: flag.version, warnings: [...renamed, ...warnings] };
}

/** The next number that is free: somebody may have chosen one. */
async function nextId(transaction: Transaction): Promise<string> {
  for (;;) {
    const [row] = await transaction.query<{ readonly id: string }>(
      `select 'cr-' || nextval('flagwright.change_requests') as id`,
    );
    if ((await findRequest(transaction, row!.id)) === undefined) return row!.id;
  }
}

function patched(before: ChangeRequestSpec, patch: unknown): unknown {
  const next = mergePatch(before, patch);
  if (isRecord(next)) return next;
  throw new Problem('INVALID_SPEC', 'the spec is no map');
}

function checkPlace(request: ChangeRequest, next: ChangeRequestSpec): void {
  for (const name of ['projectId', 'stageId', 'featureFlagId'] as const) {
    const [is, said] = [request.spec[name], next[name]];
    if (is === said) continue;
    const message = `${named(request)} is for ${name} ${JSON.stringify(is)}, not ${JSON.stringify(said)}`;
    throw invalid(['spec', name], 'moved', message, { hint: 'close it, and ask for another change' });
  }
}

/** The order of what is in them counts: that of variants does, and who sees a difference wants it kept. */
const same = (one: ChangeRequestSpec, other: ChangeRequestSpec): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

function editorsOf({ requester, editors = [] }: RequestStatus, subject: string): Pick<RequestStatus, 'editors'> {
  const all = subject === requester || editors.includes(subject) ? editors : [...editors, subject];
  return all.length === 0 ? {} : { editors: all };
}
