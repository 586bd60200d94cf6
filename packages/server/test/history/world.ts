import { changeOperations } from '../../src/changes/operations.ts';
import type { Database } from '../../src/database/database.ts';
import { evaluateOperations } from '../../src/evaluate/operations.ts';
import { changeHistoryOperations } from '../../src/history/operations.ts';
import { resourceOperations } from '../../src/resources/operations.ts';
import { type Api, apiOver, seedProject } from '../api.ts';

/** The API over a database, with all that looks at changes. */
export function apiWithHistory(database: Database): Api {
  return apiOver(database, [
    ...resourceOperations(database),
    ...changeOperations(database),
    ...changeHistoryOperations(database),
    ...evaluateOperations(database),
  ]);
}

let count = 0;

/** A new project as `seedProject` makes it; its path. */
export async function freshProject(api: Api): Promise<{ readonly project: string; readonly base: string }> {
  const project = `app-${++count}`;
  await seedProject(api, project);
  return { project, base: `/projects/${project}` };
}
