import { demand, type Principal } from '../access/principal.ts';
import type { SetName } from '../database/database.ts';
import { Refused } from './answer.ts';

/** The parts of the path; there is a project and a stage where the path begins with `/sets/{project}/{stage}`. */
export interface Params {
  readonly project?: string | undefined;
  readonly stage?: string | undefined;
}

/**
 * The set that a request is about: by the path, or else by the token, if that is for one project and one stage and nothing
 * else. Throws `Problem`: `INVALID_ARGUMENT`, `FORBIDDEN`.
 */
export function setOf(who: Principal, { project, stage }: Params): SetName {
  const name =
    project !== undefined && stage !== undefined
      ? { project, stage }
      : { project: only(who.projects), stage: only(who.stages) };
  if (name.project === undefined || name.stage === undefined) {
    throw new Refused(
      'INVALID_ARGUMENT',
      'GENERAL',
      'this token is for more than one project and stage, so it is not clear whose flags are meant',
      'use /sets/{project}/{stage} of this server as the base URL, or a token for one project and one stage',
    );
  }
  const set = { project: name.project, stage: name.stage };
  demand(who, 'evaluate', set);
  return set;
}

function only(names: readonly string[] | undefined): string | undefined {
  return names?.length === 1 ? names[0] : undefined;
}
