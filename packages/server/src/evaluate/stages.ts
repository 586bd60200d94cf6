import { demand, type Principal } from '../access/principal.ts';
import type { Sql } from '../database/database.ts';
import { checkParameter } from '../http/path-parameters.ts';
import { Problem } from '../http/problem.ts';
import { linksOf } from '../publish/project.ts';
import { keys } from '../resources/resource.ts';
import { notFound } from '../resources/save.ts';
import { find } from '../resources/table.ts';

/** A project that is not there, or a stage that it is not linked to. */
export async function unlinked(sql: Sql, project: string, stage: string): Promise<Problem> {
  if ((await find(sql, keys.project(project))) === undefined) return notFound(keys.project(project));
  const linked = [...(await linksOf(sql, project)).keys()];
  return new Problem(
    'NOT_FOUND',
    `stage ${JSON.stringify(stage)} is not linked to project ${JSON.stringify(project)}`,
    {
      hint: linked.length === 0 ? 'link it first' : `link it first; linked are [${linked.slice(0, 20).join(', ')}]`,
      members: { kind: 'ProjectStage', id: stage, project },
    },
  );
}

/**
 * The stages that somebody asks for, all of them linked and theirs to see; by default all that are. Throws `Problem`:
 * `INVALID_ARGUMENT`, `FORBIDDEN`, `NOT_FOUND`.
 */
export async function stagesOf(
  sql: Sql,
  who: Principal,
  project: string,
  asked: readonly string[] | undefined,
): Promise<readonly string[]> {
  const links = await linksOf(sql, project);
  if (asked === undefined) {
    if (links.size === 0 && (await find(sql, keys.project(project))) === undefined) {
      throw notFound(keys.project(project));
    }
    return [...links.keys()].filter((stage) => who.stages === undefined || who.stages.includes(stage));
  }
  for (const stage of asked) {
    checkParameter('stage', stage);
    demand(who, 'read', { project, stage });
    if (!links.has(stage)) throw await unlinked(sql, project, stage);
  }
  return [...new Set(asked)];
}

/** A parameter of the query that lists ids. */
export function listed(text: string | number | boolean | undefined): readonly string[] | undefined {
  return typeof text === 'string' ? text.split(',').map((id) => id.trim()) : undefined;
}
