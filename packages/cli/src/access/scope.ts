import type { ControlPlane } from '@flagwright/server/client';
import { nearest } from '../grammar/nearest.ts';
import { commandLine, type Given } from '../output/command-line.ts';
import { idsOf } from '../session/ids.ts';

/** What a token is for and is not there, in sentences: it is of no use before that is made. What cannot be read is passed over. */
export async function scopeNotThere(
  api: Pick<ControlPlane, 'projects' | 'stages' | 'links'>,
  projects: readonly string[],
  stages: readonly string[],
  given: Given,
): Promise<readonly string[]> {
  try {
    const [knownProjects, knownStages] = await Promise.all([
      projects.length === 0 ? [] : idsOf(api.projects),
      stages.length === 0 ? [] : idsOf(api.stages),
    ]);
    const lone = [
      ...projects.flatMap((id) => notThere('project', id, knownProjects)),
      ...stages.flatMap((id) => notThere('stage', id, knownStages)),
    ];
    const [project, stage] = [projects[0], stages[0]];
    if (lone.length > 0 || projects.length !== 1 || stages.length !== 1) return lone;
    if ((await idsOf(api.links(project!))).includes(stage!)) return [];
    const said = `project ${JSON.stringify(project)} is not linked to stage ${JSON.stringify(stage)} yet`;
    return [`${said}. Hint: '${commandLine(given, `link stage ${stage} --project ${project}`)}'`];
  } catch {
    return [];
  }
}

function notThere(what: string, id: string, known: readonly string[]): readonly string[] {
  if (known.includes(id)) return [];
  const near = nearest(id, known);
  const hint = near === undefined ? '' : `. Hint: did you mean ${JSON.stringify(near)}?`;
  return [`there is no ${what} ${JSON.stringify(id)} yet${hint}`];
}
