import { type FlagDocument, FlagError, formatIssue, type Issue, isRecord } from '@flagwright/core';
import { joinTexts } from '@flagwright/core/text';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { nearest } from '../grammar/nearest.ts';
import { type FileDocument, readDocuments } from '../manifests/documents.ts';
import { shellWord } from '../output/shell-word.ts';
import { compiledSet } from './compiled-set.ts';
import type { LocalSet } from './set.ts';

export type { LocalSet } from './set.ts';

/** What is looked for among the sets of files. */
export interface Wanted {
  readonly project?: string | undefined;
  readonly stage?: string | undefined;
}

/** What the command line says of which set it is about. */
export function wantedBy(call: Pick<Call, 'text'>): Wanted {
  return { project: call.text('project'), stage: call.text('stage') };
}

/**
 * All sets that files hold: one of all flag documents together, and one for each stage of manifests.
 * `recursive` as for `readTexts`. Throws `CommandError` for a file that cannot be read, `FlagError` for one that is neither, or has something twice.
 */
export async function localSets(
  call: Call,
  files: readonly string[],
  recursive?: boolean,
): Promise<readonly LocalSet[]> {
  return await soundSets(await readDocuments(call.world, files, { recursive }), wantedBy(call));
}

/**
 * The one set that files hold, or that of the project and the stage that were asked for. Throws `UsageError` if there are
 * several, `CommandError` if not this one; else as `localSets`.
 */
export async function localSet(call: Call, files: readonly string[], recursive?: boolean): Promise<LocalSet> {
  return pickSet(await localSets(call, files, recursive), wantedBy(call), files);
}

/** The sets of documents. Throws `FlagError` if one is neither a flag document nor a manifest, or has something twice. */
export async function soundSets(documents: readonly FileDocument[], wanted: Wanted): Promise<readonly LocalSet[]> {
  const { sets, issues } = await setsOf(documents, wanted);
  const errors = issues.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    throw new FlagError('PARSE_ERROR', `${formatIssue(errors[0]!)}${more}`, { issues: errors });
  }
  const [first, ...others] = sets;
  return first === undefined ? [] : [{ ...first, issues: [...issues, ...first.issues] }, ...others];
}

/** Whether a file, by its name, is one of tests, and holds no flags. */
export const isTestFile = (name: string): boolean => /\.test\.(?:ya?ml|json)$/i.test(name);

/** The sets of documents, and what is wrong or doubtful of the documents themselves. */
export async function setsOf(
  all: readonly FileDocument[],
  { project, stage }: Wanted,
): Promise<{ readonly sets: readonly LocalSet[]; readonly issues: readonly Issue[] }> {
  // tests may stand beside the flags they are about
  const documents = all.filter(({ file }) => !isTestFile(file));
  const flagDocuments = documents.filter(({ value }) => !isManifest(value));
  const issues: Issue[] = [];
  const sets: LocalSet[] = [];
  if (flagDocuments.length > 0) {
    const joined = joinTexts(flagDocuments.map(({ value, ...rest }) => ({ document: value, ...rest })));
    const doubtful = flagDocuments.flatMap((document) => document.issues);
    issues.push(...secondDocuments(flagDocuments), ...joined.issues);
    try {
      sets.push(
        compiledSet({
          project: undefined,
          stage: undefined,
          title: titleOf(flagDocuments),
          document: joined.document as FlagDocument,
          locate: joined.locate,
          issues: doubtful,
        }),
      );
    } catch (thrown) {
      issues.push(...FlagError.from(thrown).issues);
    }
  }
  const others = documents.filter(({ value }) => isManifest(value));
  if (others.length > 0) {
    const { manifestsOf } = await import('../manifests/manifests.ts');
    const { manifestSets } = await import('./manifest-sets.ts');
    const fill = (value: string | undefined) => (value === undefined ? undefined : { value, explicit: false });
    const read = manifestsOf(others, { project: fill(project), stage: fill(stage) });
    issues.push(...read.issues);
    sets.push(...manifestSets(read.manifests));
  }
  return { sets, issues };
}

/** Flag documents that stand behind another one in a file, in the words of what loads it: no application would. */
function secondDocuments(flagDocuments: readonly FileDocument[]): readonly Issue[] {
  const seen = new Map<string, number>();
  return flagDocuments.flatMap(({ file, locate }) => {
    const count = (seen.get(file) ?? 0) + 1;
    seen.set(file, count);
    if (count !== 2) return [];
    const place = locate([]);
    return [
      {
        severity: 'error',
        code: 'several-documents',
        path: [],
        message: 'a second document in one text',
        expected: 'one document',
        hint: 'merge the two and remove the line "---", or use one file for each',
        ...(place === undefined ? {} : { place }),
      },
    ];
  });
}

/** Whether a value is meant as a manifest, or as several; a flag document has none of its members. */
export function isManifest(value: unknown): boolean {
  if (Array.isArray(value)) return true;
  return isRecord(value) && ['apiVersion', 'kind', 'spec', 'items'].some((name) => Object.hasOwn(value, name));
}

function titleOf(documents: readonly FileDocument[]): string {
  const files = [...new Set(documents.map(({ file }) => file))];
  return files.length <= 2 ? files.join(', ') : `${files[0]} and ${files.length - 1} more`;
}

/** The one set, or the one that is wanted. Throws `UsageError` if there are several, `CommandError` if it is not there. */
export function pickSet(sets: readonly LocalSet[], { project, stage }: Wanted, files: readonly string[]): LocalSet {
  // a flag document is of no project and no stage, and flags by themselves are of no stage: they are what anybody wants
  const fits = sets.filter((set) => fit(set.project, project) && fit(set.stage, stage));
  const [first, ...others] = fits;
  if (first !== undefined && others.length === 0) return first;
  const named = files.join(', ');
  const list = sets.map(({ title }) => title).join(', ');
  if (sets.length === 0) throw new UsageError(`there are no flags in ${named}`);
  if (first === undefined) {
    const asked = [project, stage].filter((part) => part !== undefined).join('/');
    throw new CommandError(
      EXIT.notFound,
      `${named}: there is no ${asked} among ${list}`,
      nearestOf(sets, { project, stage }),
    );
  }
  const several = fits.map(({ title }) => title).join(', ');
  if (fits.some(isOfDocument)) {
    throw new UsageError(`${named}: which flags? There are ${several}`, ['Name files of one kind only']);
  }
  const unsure = [
    ...(new Set(fits.map((set) => set.project)).size > 1 ? ['project'] : []),
    ...(new Set(fits.map((set) => set.stage)).size > 1 ? ['stage'] : []),
  ];
  const how = unsure.map((what) => `--${what} <id>`).join(' and ');
  throw new UsageError(`${named}: which ${unsure.join(' and ')}? Say it by ${how}`, [`There are ${several}`]);
}

/** What was probably meant, of the project and of the stage. */
function nearestOf(sets: readonly LocalSet[], wanted: Wanted): readonly string[] {
  return (['project', 'stage'] as const).flatMap((what) => {
    const names = sets.flatMap((set) => set[what] ?? []);
    const word = wanted[what];
    const near = word === undefined || names.includes(word) ? undefined : nearest(word, names);
    return near === undefined ? [] : [`Did you mean --${what} ${shellWord(near)}?`];
  });
}

const fit = (own: string | undefined, wanted: string | undefined): boolean =>
  own === undefined || wanted === undefined || own === wanted;

const isOfDocument = ({ project, stage }: LocalSet): boolean => project === undefined && stage === undefined;
