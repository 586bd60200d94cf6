import type { SetName } from '../database/database.ts';
import { Problem } from '../http/problem.ts';

/** The name of a set as one text; no two sets have the same. */
export function keyOf({ project, stage }: SetName): string {
  // the length keeps apart what a separator within a name would not
  return `${project.length}:${project}/${stage}`;
}

/** A set that is not there. */
export function noSuchSet({ project, stage }: SetName): Problem {
  return new Problem(
    'NOT_FOUND',
    `there are no flags of project ${JSON.stringify(project)} for stage ${JSON.stringify(stage)}`,
    { hint: 'link the stage to the project, or check both names' },
  );
}
