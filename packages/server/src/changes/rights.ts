import { demand, type Principal } from '../access/principal.ts';
import { Problem } from '../http/problem.ts';
import { named } from '../resources/resource.ts';
import type { ProjectStageSpec } from '../schema/resources.generated.ts';
import type { ChangeRequest } from './request.ts';

/** Throws `Problem('FORBIDDEN')` for whoever may neither decide on requests there nor has asked for this one. */
export function demandOwnOrApprove(who: Principal, { project, stage, status }: ChangeRequest): void {
  demand(who, who.subject === status.requester ? 'write' : 'approve', { project, stage });
}

/**
 * Throws `Problem('FORBIDDEN')` for whoever may not apply a request: where the stage takes changes by request only, that is
 * for approvers, and so it is to insist. Where it takes two, nobody applies what they wrote, be it only a part.
 */
export function demandApply(
  who: Principal,
  request: ChangeRequest,
  link: ProjectStageSpec | undefined,
  force: boolean,
): void {
  const { project, stage, status } = request;
  demand(who, link?.requireChangeRequest === true || force ? 'approve' : 'write', { project, stage });
  if (link?.requireSecondApprover !== true) return;
  const asked = status.requester === who.subject;
  if (!asked && status.editors?.includes(who.subject) !== true) return;
  throw new Problem(
    'FORBIDDEN',
    `${JSON.stringify(who.subject)} has ${asked ? 'asked for' : 'changed'} ${named(request)}, and may not apply it: ` +
      `stage ${JSON.stringify(stage)} takes a second approver`,
    { hint: 'ask another approver to apply it' },
  );
}
