import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compile, type FlagDocument, FlagError, type Issue } from '@flagwright/core';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { type LocalSet, localSets } from '../local/local-set.ts';
import { sessionOf } from '../session/session.ts';
import { type Directives, directivesIn, withoutLeftOut } from './directives.ts';
import { type LintOptions, lint } from './lint.ts';

/** Something wrong or doubtful, and what it is in: a file, or a stage of a project as `shop/production`. */
export type Problem = Issue & { readonly file: string };

/** What was looked at, and what was found. */
export interface Linted {
  /** How many sets of flags were looked at. */
  readonly sets: number;
  readonly problems: readonly Problem[];
}

/**
 * All problems in files. What is no YAML or JSON, or no flag document, is a problem like others. Throws `CommandError` if
 * a file cannot be read.
 */
export async function lintFiles(call: Call, files: readonly string[], options: LintOptions): Promise<Linted> {
  const directives = reader(call.world.cwd);
  let sets: Awaited<ReturnType<typeof localSets>>;
  try {
    sets = await localSets(call, files);
  } catch (thrown) {
    if (!(thrown instanceof FlagError) || thrown.issues.length === 0) throw thrown;
    return { sets: 0, problems: thrown.issues.map((issue) => problemOf(issue, files[0] ?? '')) };
  }
  const wanted = sets.filter((set) => isWanted(set, call));
  if (wanted.length === 0 && sets.length > 0) {
    throw new UsageError('the files have no such project and stage', [
      `They have ${sets.map(({ title }) => title).join(', ')}`,
    ]);
  }
  const found: Found[] = [];
  for (const set of wanted) {
    const issues = lint(set, options);
    await directives.read(issues);
    found.push({ ...set, issues: withoutLeftOut(issues, directives.of) });
  }
  return { sets: wanted.length, problems: once(inAllStages(found, call.text('stage') === undefined)) };
}

/** All problems of the stage of a project, or of all stages it is linked to, as the server has them. */
export async function lintStages(call: Call, options: LintOptions): Promise<Linted> {
  const { api, settings, ...session } = await sessionOf(call);
  const project = session.project();
  const stages = settings.stage === undefined ? await linkedStages(api, project) : [settings.stage];
  const found: Found[] = [];
  for (const stage of stages) {
    const path = `/projects/${encodeURIComponent(project)}/export`;
    const document = (await api.ask('GET', path, { query: { format: 'document', stage } })) as FlagDocument;
    const title = `${project}/${stage}`;
    const snapshot = compile({ document, revision: title });
    found.push({ project, title, issues: lint({ snapshot, issues: snapshot.issues }, options) });
  }
  return { sets: stages.length, problems: inAllStages(found, settings.stage === undefined) };
}

type Api = Awaited<ReturnType<typeof sessionOf>>['api'];

async function linkedStages(api: Api, project: string): Promise<readonly string[]> {
  const stages: string[] = [];
  for (let page = 1; ; page++) {
    const { items, totalCount } = await api.links(project).list({ page, pageSize: 1_000 });
    stages.push(...items.map(({ id }) => id));
    if (items.length === 0 || stages.length >= totalCount) return stages;
  }
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

/** Reads what comments of files leave out: of files in which something was found, each once. */
function reader(cwd: string): {
  read(issues: readonly Issue[]): Promise<void>;
  of(file: string): Directives | undefined;
} {
  const found = new Map<string, Directives | undefined>();
  return {
    of: (file) => found.get(file),
    async read(issues) {
      for (const { place } of issues) {
        const file = place?.file;
        if (file === undefined || found.has(file)) continue;
        // what cannot be read again, as the standard input, has no comments
        const text = await readFile(resolve(cwd, file), 'utf8').catch(() => '');
        found.set(file, file.endsWith('.json') ? undefined : directivesIn(text));
      }
    },
  };
}
