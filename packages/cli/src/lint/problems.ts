import { compile, type Issue } from '@flagwright/core';
import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Call } from '../grammar/call.ts';
import { fillingOf } from '../local/filling.ts';
import { type LocalSet, setsOf, wantedBy, warnOfPlace } from '../local/local-set.ts';
import { knowing, readAll } from '../local/read-all.ts';
import { idsOf } from '../session/ids.ts';
import { sessionOf } from '../session/session.ts';
import { stageFlags } from '../session/stage-flags.ts';
import { directivesIn, withoutLeftOut } from './directives.ts';
import { inOrder, type LintOptions, lint, switched } from './lint.ts';

/** Something wrong or doubtful, and what it is in: a file, or a stage of a project as `shop/production`. */
export type Problem = Issue & { readonly file: string };

/** What was looked at, and what was found. */
export interface Linted {
  /** The files that were read. */
  readonly files: readonly string[];
  /** How many sets of flags were looked at. */
  readonly sets: number;
  readonly problems: readonly Problem[];
}

/**
 * All problems in files. What cannot be read, or is no YAML or JSON, or no flag document, is a problem like others, and
 * hides none of other files. Throws `CommandError` if there is no such project and stage.
 */
export async function lintFiles(call: Call, named: readonly string[], options: LintOptions): Promise<Linted> {
  const read = await readAll(call.world, named, call.has('recursive'), await fillingOf(call));
  const { sets, issues } = await setsOf(read.documents, wantedBy(call));
  const wanted = sets.filter((set) => isWanted(set, call));
  // what could not be read may have it
  if (wanted.length === 0 && sets.length > 0 && read.unreadable.length === 0) {
    throw new CommandError(EXIT.notFound, 'the files have no such project and stage', [
      `They have ${sets.map(({ title }) => title).join(', ')}`,
    ]);
  }
  warnOfPlace(call, wanted);
  const directives = new Map(read.texts.map(({ file, text }) => [file, directivesIn(text, file)]));
  const comments = [...directives.values()].flatMap((own) => own?.unknown ?? []);
  const before = switched([...read.issues, ...issues, ...comments], options);
  const left = (found: readonly Issue[]): readonly Issue[] =>
    withoutLeftOut(knowing(found, read), (file) => directives.get(file));
  const found = wanted.map((set) => ({ ...set, issues: left(lint(set, options)) }));
  const problems = [
    ...left(before).map((issue) => problemOf(issue, read.files[0] ?? '')),
    ...inAllStages(found, call.text('stage') === undefined),
  ];
  return { files: read.files, sets: wanted.length, problems: inOrder(once(problems)) };
}

/** All problems of the stage of a project, or of all stages it is linked to, as the server has them. */
export async function lintStages(call: Call, options: LintOptions): Promise<Linted> {
  const { api, settings, ...session } = await sessionOf(call);
  const project = session.project();
  const stages = settings.stage === undefined ? await linkedStages(api, project) : [settings.stage];
  const found: Found[] = [];
  for (const stage of stages) {
    const document = await stageFlags(api, project, stage);
    const title = `${project}/${stage}`;
    const snapshot = compile({ document, revision: title });
    found.push({ project, title, issues: lint({ snapshot, issues: snapshot.issues }, options) });
  }
  return { files: [], sets: stages.length, problems: inAllStages(found, settings.stage === undefined) };
}

type Api = Awaited<ReturnType<typeof sessionOf>>['api'];

async function linkedStages(api: Api, project: string): Promise<readonly string[]> {
  const stages = await idsOf(api.links(project));
  // of a project that is not there the list is empty, too
  if (stages.length === 0) await api.projects.get(project);
  return stages;
}

/** Whether the command line means a set of files. */
function isWanted({ project, stage }: Pick<LocalSet, 'project' | 'stage'>, call: Call): boolean {
  // a flag document is of no project
  if (project === undefined) return true;
  const [wanted, at] = [call.text('project'), call.text('stage')];
  return (wanted === undefined || wanted === project) && (at === undefined || at === stage);
}

/** What was found in a set of flags; that of a stage has a project. */
interface Found {
  readonly project: string | undefined;
  readonly title: string;
  readonly issues: readonly Issue[];
}

/** What belongs to flags as they are in all stages: one that does not use it says little. */
const OF_ALL_STAGES: ReadonlySet<string> = new Set(['unused-variant', 'unused-attribute']);

/** All problems, without those that hold of a flag only if they do in all its stages, and do not in all there are. */
function inAllStages(found: readonly Found[], all: boolean): readonly Problem[] {
  const name = ({ code, path }: Issue): string => JSON.stringify([code, path]);
  return found.flatMap(({ project, title, issues }) => {
    const others = found.filter((other) => other.project === project && other.title !== title);
    const told = others.map((other) => new Set(other.issues.filter(({ code }) => OF_ALL_STAGES.has(code)).map(name)));
    return issues
      .filter((issue) => {
        if (project === undefined || !OF_ALL_STAGES.has(issue.code)) return true;
        return all && told.every((names) => names.has(name(issue)));
      })
      .map((issue) => problemOf(issue, title));
  });
}

function problemOf(issue: Issue, title: string): Problem {
  return { ...issue, file: issue.place?.file ?? title };
}

/** Without what several stages have from one place of one file. */
function once(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ code, message, place, path, file }) => {
    const name = JSON.stringify([file, code, message, place?.line, place?.column, place === undefined ? path : '']);
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}
