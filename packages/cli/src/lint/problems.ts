import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compile, type FlagDocument, FlagError, type Issue } from '@flagwright/core';
import type { Call } from '../grammar/call.ts';
import { localSets } from '../local/local-set.ts';
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
  const problems: Problem[] = [];
  for (const set of sets) {
    const issues = lint(set, options);
    await directives.read(issues);
    problems.push(...withoutLeftOut(issues, directives.of).map((issue) => problemOf(issue, set.title)));
  }
  return { sets: sets.length, problems: once(problems) };
}

/** All problems of the stage of a project, or of all stages it is linked to, as the server has them. */
export async function lintStages(call: Call, options: LintOptions): Promise<Linted> {
  const { api, settings, ...session } = await sessionOf(call);
  const project = session.project();
  const stages = settings.stage === undefined ? await linkedStages(api, project) : [settings.stage];
  const problems: Problem[] = [];
  for (const stage of stages) {
    const path = `/projects/${encodeURIComponent(project)}/export`;
    const document = (await api.ask('GET', path, { query: { format: 'document', stage } })) as FlagDocument;
    const title = `${project}/${stage}`;
    const snapshot = compile({ document, revision: title });
    problems.push(...lint({ snapshot, issues: snapshot.issues }, options).map((issue) => problemOf(issue, title)));
  }
  return { sets: stages.length, problems };
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
