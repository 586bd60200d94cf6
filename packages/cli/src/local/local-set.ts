import { documentSchema, type FlagDocument, FlagError, formatIssue, type Issue, isRecord } from '@flagwright/core';
import { joinTexts } from '@flagwright/core/text';
import type { Call } from '../grammar/call.ts';
import { type FileDocument, readDocuments } from '../manifests/documents.ts';
import { compiledSet } from './compiled-set.ts';
import { pickSet, type Wanted, wantedBy, warnOfPlace } from './pick-set.ts';
import type { LocalSet } from './set.ts';

export { pickSet, type Wanted, wantedBy, warnOfPlace } from './pick-set.ts';
export type { LocalSet } from './set.ts';

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
  const set = pickSet(await localSets(call, files, recursive), wantedBy(call), files);
  warnOfPlace(call, [set]);
  return set;
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
  const sets: LocalSet[] = [];
  const wrong = flagDocuments.map((document) => (flagDocuments.length > 1 ? noFlagsIn(document) : []));
  const joining = flagDocuments.filter((_, i) => wrong[i]!.length === 0);
  const issues: Issue[] = [...secondDocuments(flagDocuments), ...wrong.flat()];
  if (joining.length > 0) {
    const joined = joinTexts(joining.map(({ value, ...rest }) => ({ document: value, ...rest })));
    const doubtful = joining.flatMap((document) => document.issues);
    issues.push(...joined.issues);
    try {
      sets.push(
        compiledSet({
          project: undefined,
          stage: undefined,
          title: titleOf(joining),
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

/** That a document has nothing of a flag document, which would not be seen among others. */
function noFlagsIn({ file, value, locate }: FileDocument): readonly Issue[] {
  if (!isRecord(value) || Object.keys(value).some((name) => Object.hasOwn(documentSchema.properties!, name))) return [];
  try {
    compiledSet({
      project: undefined,
      stage: undefined,
      title: file,
      document: value as FlagDocument,
      locate,
      issues: [],
    });
    return [];
  } catch (thrown) {
    return FlagError.from(thrown).issues;
  }
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
