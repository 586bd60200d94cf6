import type { Page } from '@flagwright/server/client';
import { type Field, fieldsText, linesOf } from '../output/fields.ts';
import type { Item } from './item.ts';
import { textIn } from './members.ts';
import { mentions } from './mentions.ts';
import { segment } from './paths.ts';
import { type Described, type Describing, jsonOf, nameFields, originFields, ownersField, yesNo } from './pieces.ts';
import { protectionText } from './protection.ts';

/** A project: its stages and how they are protected, and how much is in it. */
export async function describeProject(the: Describing, id: string): Promise<Described> {
  const path = `/projects/${segment(id)}`;
  const project = await the.read(path);
  const filter = `projectId = ${JSON.stringify(id)} and status = pending`;
  const one = { pageSize: 1 };
  const [links, flags, contexts, requests] = await Promise.all([
    the.all(`${path}/stages`),
    the.perhaps<Page<Item>>(`${path}/feature-flags`, one),
    the.perhaps<Page<Item>>(`${path}/contexts`, one),
    the.perhaps<Page<Item>>('/change-requests', { filter, ...one }),
  ]);
  const counts = {
    featureFlags: flags?.totalCount,
    contexts: contexts?.totalCount,
    pendingChangeRequests: requests?.totalCount,
  };
  const fields: readonly Field[] = [
    ...nameFields(project),
    ownersField(project),
    ['Feature flags', countText(counts.featureFlags)],
    ['Context attributes', countText(counts.contexts)],
    ['Pending change requests', countText(counts.pendingChangeRequests)],
    ...originFields(the.call, project),
    [
      'Stages',
      links.length === 0 ? 'none' : lines(links.map((link): Field => [link.id, `protected: ${protectionText(link)}`])),
    ],
  ];
  return { pieces: { project, links, counts }, text: () => fieldsText(fields) };
}

/** More projects are not asked, one by one, whether they are linked to a stage. */
const MOST_PROJECTS = 200;

/** So many are asked at once. */
const AT_ONCE = 8;

/** A stage: the projects that are linked to it. */
export async function describeStage(the: Describing, id: string): Promise<Described> {
  const stage = await the.read(`/stages/${segment(id)}`);
  const expected = Number(stage.status?.projects ?? 0);
  const projects = expected === 0 ? [] : await the.all('/projects');
  const links: Item[] = [];
  for (let i = 0; i < Math.min(projects.length, MOST_PROJECTS) && links.length < expected; i += AT_ONCE) {
    const some = projects.slice(i, Math.min(i + AT_ONCE, MOST_PROJECTS));
    const found = await Promise.all(
      some.map((project) => the.perhaps(`/projects/${segment(project.id)}/stages/${segment(id)}`)),
    );
    links.push(...found.filter((link) => link !== undefined));
  }
  const named = links.map((link): Field => [String(link.metadata.project), `protected: ${protectionText(link)}`]);
  const rest = expected - links.length;
  const fields: readonly Field[] = [
    ...nameFields(stage),
    ownersField(stage),
    ...originFields(the.call, stage),
    ['Projects', expected === 0 ? 'none' : [...lines(named), ...(rest > 0 ? [`and ${rest} more`] : [])]],
  ];
  return { pieces: { stage, links }, text: () => fieldsText(fields) };
}

/** The link of a project to a stage. */
export async function describeLink(the: Describing, id: string): Promise<Described> {
  const ofProject = `/projects/${segment(the.session.project(), 'project')}`;
  const link = await the.read(`${ofProject}/stages/${segment(id)}`);
  const definitions = await the.perhaps<Page<Item>>(`${ofProject}/stages/${segment(id)}/feature-flags`, {
    pageSize: 1,
  });
  const fields: readonly Field[] = [
    ['Project', link.metadata.project],
    ['Stage', link.id],
    ['Change requests only', yesNo(link.spec.requireChangeRequest === true, the.style)],
    ['Second approver', yesNo(link.spec.requireSecondApprover === true, the.style)],
    ['Stage definitions', countText(definitions?.totalCount)],
    ...originFields(the.call, link),
  ];
  return {
    pieces: { link, counts: { stageDefinitions: definitions?.totalCount } },
    text: () => fieldsText(fields),
  };
}

/** A context attribute, and which stage definitions use it. */
export async function describeContext(the: Describing, id: string): Promise<Described> {
  const ofProject = `/projects/${segment(the.session.project(), 'project')}`;
  const context = await the.read(`${ofProject}/contexts/${segment(id)}`);
  const definitions = await the.all(`${ofProject}/feature-flag-stages`, { filter: 'targeting = true' });
  const usedBy = definitions
    .filter(({ spec }) => mentions(spec, id))
    .map(({ metadata }) => ({ flag: metadata.featureFlagId, stage: metadata.stage }));
  const fields: readonly Field[] = [
    ...nameFields(context),
    ['Project', context.metadata.project],
    ['Type', textIn(context.spec, 'type')],
    ...originFields(the.call, context),
    ['Used by', usedBy.length === 0 ? 'nothing' : usedBy.flatMap(({ flag, stage }) => linesOf(`${flag} in ${stage}`))],
  ];
  return { pieces: { context, usedBy }, text: () => fieldsText(fields) };
}

/** A template: the flag it makes, and what that does in stages. */
export async function describeTemplate(the: Describing, id: string): Promise<Described> {
  const template = await the.read(`/templates/${segment(id)}`);
  const flag = (template.spec.flag ?? {}) as Readonly<Record<string, unknown>>;
  const fields: readonly Field[] = [
    ...nameFields(template),
    ['Type', textIn(flag, 'type')],
    ...originFields(the.call, template),
    ['Flag', jsonOf(flag)],
    ['Stages', jsonOf(template.spec.stages)],
  ];
  return { pieces: { template }, text: () => fieldsText(fields) };
}

const countText = (count: number | undefined): string | undefined => (count === undefined ? undefined : String(count));

const lines = (fields: readonly Field[]): readonly string[] => fieldsText(fields).trimEnd().split('\n');
