import type { Issue } from '@flagwright/core';
import type { Principal } from '../access/principal.ts';
import type { Transaction } from '../database/database.ts';
import type { Problem } from '../http/problem.ts';
import { checkVersion } from '../resources/condition.ts';
import { approvedRules } from '../resources/definition-rules.ts';
import { keys, named } from '../resources/resource.ts';
import type { Rules, Scene } from '../resources/rules.ts';
import { notFound, saveNext } from '../resources/save.ts';
import { find } from '../resources/table.ts';
import { type Author, put } from '../resources/write.ts';
import type { FeatureFlagStageSpec, ProjectStageSpec } from '../schema/resources.generated.ts';
import { holdsApproval, untilDue } from './approver.ts';
import { putClosed } from './close-requests.ts';
import { type Basis, conflictOf, flagVersionOf, sameConflict, staleProblem } from './conflict.ts';
import { type Proposal, proposalOf, versionOf } from './proposal.ts';
import {
  type ChangeRequest,
  type Conflict,
  checkPending,
  findRequest,
  type RequestStatus,
  requestKey,
  timeOf,
  withoutApproval,
} from './request.ts';
import { demandApply, demandOwnOrApprove } from './rights.ts';

/** Somebody's word on a request. */
export interface Decision {
  readonly who: Principal;
  readonly by: Author;
  readonly comment?: string | undefined;
  /** Whether it is applied onto what is there now, whatever that is. */
  readonly force?: boolean | undefined;
  /** The version of the request that was looked at; `*` and undefined: any. */
  readonly expected?: string | undefined;
  /** Whether it was decided before, and is now due. */
  readonly scheduled?: boolean | undefined;
}

/** What came of it. A conflict is to be thrown once the transaction, which remembers it, is committed. */
export type Decided =
  | {
      readonly result: 'applied' | 'approved' | 'unchanged' | 'closed';
      readonly request: ChangeRequest;
      readonly warnings: readonly Issue[];
    }
  | { readonly result: 'conflict'; readonly request: ChangeRequest; readonly problem: Problem };

/**
 * Applies a request, or approves one whose time has not come. What it changes, and what becomes of the request, is one
 * transaction. Throws `Problem`: `NOT_FOUND`, `FORBIDDEN`, `NOT_PENDING`, `VERSION_CONFLICT` of the request itself,
 * `INVALID_SPEC` and `CONFLICT` if the stage definition would not be valid any more.
 */
export async function applyRequest(transaction: Transaction, id: string, decision: Decision): Promise<Decided> {
  const request = await requestNamed(transaction, id);
  const { project, stage, spec, status } = request;
  const { who, force = false, expected } = decision;
  const link = await find<ProjectStageSpec>(transaction, keys.link(project, stage));
  demandApply(who, request, link?.spec, force);
  checkPending(request);
  checkVersion(expected, request, request, spec);
  const proposal = await proposalOf(transaction, spec);
  const basis = basisOf(request);
  const conflict = await conflictOf(transaction, basis, proposal);
  if (conflict !== undefined && !force) {
    const problem = staleProblem(named(request), proposal, basis, conflict);
    return { result: 'conflict', request: await putConflict(transaction, request, conflict, decision), problem };
  }
  const now = await timeOf(transaction);
  const waits = spec.applyAt !== undefined && Date.parse(spec.applyAt) > now.getTime();
  if (!waits) return putApplied(transaction, request, proposal, conflict, decision, now);
  const { warnings = [] } = await approvedRules.check(sceneOf(transaction, proposal, decision, force), proposal.next);
  const approved = status.approvedBy !== undefined && conflict === undefined;
  if (approved && (await holdsApproval(transaction, status, now))) return { result: 'unchanged', request, warnings };
  return {
    result: 'approved',
    request: await putApproved(transaction, request, proposal, conflict, decision, now),
    warnings: [...warnings, ...(await untilDue(transaction, who, spec))],
  };
}

/** Closes a request. Throws `Problem`: `NOT_FOUND`, `FORBIDDEN`, `NOT_PENDING`, `VERSION_CONFLICT`. */
export async function closeRequest(transaction: Transaction, id: string, decision: Decision): Promise<Decided> {
  const request = await requestNamed(transaction, id);
  const { who, by, comment, expected } = decision;
  demandOwnOrApprove(who, request);
  checkPending(request);
  checkVersion(expected, request, request, request.spec);
  const closed = await putClosed(transaction, request, { by, action: 'close', comment });
  return { result: 'closed', request: closed, warnings: [] };
}

/** A request by its id. Throws `Problem('NOT_FOUND')`. */
export async function requestNamed(transaction: Transaction, id: string): Promise<ChangeRequest> {
  const request = await findRequest(transaction, id);
  if (request === undefined) throw notFound(requestKey(id));
  return request;
}

/** What a request was written for: that was filled in when it was stored. */
export function basisOf({ spec, status }: ChangeRequest): Required<Basis> {
  return { definition: spec.featureFlagStageDefinitionVersion ?? '0', flag: status.flagVersion ?? '0' };
}

/** A stage definition on the way that a request gives it. */
export function sceneOf(
  transaction: Transaction,
  { key, current }: Proposal,
  { who, by, comment }: Decision,
  force = false,
): Scene<FeatureFlagStageSpec> {
  return { transaction, key, before: current, who, by, force, comment };
}

/** Remembers why it was not applied: once, however often somebody tries. What was approved is to be looked at again. */
async function putConflict(
  transaction: Transaction,
  request: ChangeRequest,
  conflict: Conflict,
  { by, scheduled }: Decision,
): Promise<ChangeRequest> {
  const { status, spec } = request;
  if (sameConflict(status.conflict, conflict) && status.approvedBy === undefined) return request;
  const next: RequestStatus = { ...withoutApproval(status), conflict };
  const details = { conflict: conflict.currentVersion, flag: conflict.flagVersion, scheduled };
  return put(transaction, request, { spec, status: next }, request, { by, action: 'update', details });
}

async function putApproved(
  transaction: Transaction,
  request: ChangeRequest,
  proposal: Proposal,
  overridden: Conflict | undefined,
  { who, by, comment }: Decision,
  now: Date,
): Promise<ChangeRequest> {
  const { conflict, failure, ...status } = withoutApproval(request.status);
  const next: RequestStatus = {
    ...status,
    flagVersion: (await flagVersionOf(transaction, proposal)) ?? '0',
    approvedBy: who.subject,
    approvedAt: now.toISOString(),
    approvedAs: who.role,
    ...(who.token === undefined ? {} : { approvedToken: who.token }),
    ...(comment === undefined ? {} : { decisionComment: comment }),
  };
  // who insists has seen what is there now, and not what will be there at the time
  const spec = { ...request.spec, featureFlagStageDefinitionVersion: versionOf(proposal.current) };
  const change = { by, action: 'approve', comment, forced: overridden !== undefined };
  return put(transaction, request, { spec, status: next }, request, change);
}

async function putApplied(
  transaction: Transaction,
  request: ChangeRequest,
  proposal: Proposal,
  overridden: Conflict | undefined,
  decision: Decision,
  now: Date,
): Promise<Decided> {
  const { by, who, comment, force = false, scheduled } = decision;
  const forced = overridden !== undefined;
  const rules: Rules<FeatureFlagStageSpec> = forced ? { ...approvedRules, check: checkForced } : approvedRules;
  const scene = sceneOf(transaction, proposal, { ...decision, comment: comment ?? request.spec.comment }, force);
  const saved = await saveNext(transaction, rules, scene, proposal.next, 'apply', { changeRequest: request.id });
  const { conflict, failure, decisionComment, ...status } = request.status;
  const said = comment ?? (scheduled === true ? decisionComment : undefined);
  const next: RequestStatus = {
    ...status,
    state: 'applied',
    decidedBy: who.subject,
    decidedAt: now.toISOString(),
    ...(said === undefined ? {} : { decisionComment: said }),
    appliedVersion: saved.resource.version,
  };
  const details = { appliedVersion: saved.resource.version, scheduled };
  const change = { by, action: 'apply', comment, forced, details };
  const applied = await put(transaction, request, { spec: request.spec, status: next }, request, change);
  return { result: 'applied', request: applied, warnings: saved.warnings };
}

/** The history says of the stage definition, too, that what was there was overridden. */
const checkForced: typeof approvedRules.check = async (scene, next) => ({
  ...(await approvedRules.check(scene, next)),
  forced: true,
});
