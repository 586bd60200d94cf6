import { FlagError, type Issue } from '@flagwright/core';
import { documentsOf, type FileDocument, type FileText, readTexts } from '../manifests/documents.ts';
import type { World } from '../world.ts';
import { isTestFile } from './local-set.ts';

/** Files, what they hold, and what is wrong with their texts. */
export interface ReadFiles {
  readonly texts: readonly FileText[];
  readonly documents: readonly FileDocument[];
  /** Of texts that are no YAML or JSON, and of those that hold nothing. */
  readonly issues: readonly Issue[];
  /** Those of flags that are no YAML or JSON: what they hold is not known. */
  readonly unreadable: readonly string[];
}

/**
 * The documents of files; what is no YAML or JSON is an issue like others, and hides nothing of other files. Throws
 * `CommandError` for a file that cannot be read.
 */
export async function readAll(world: World, named: readonly string[], recursive: boolean): Promise<ReadFiles> {
  const texts = await readTexts(world, named, recursive);
  const documents: FileDocument[] = [];
  const issues: Issue[] = [];
  const unreadable: string[] = [];
  for (const { file, text } of texts) {
    try {
      const own = documentsOf(text, file);
      documents.push(...own);
      if (own.length === 0) issues.push(nothingIn(file));
    } catch (thrown) {
      if (!isTestFile(file)) unreadable.push(file);
      issues.push(...issuesOfError(FlagError.from(thrown), file));
    }
  }
  return { texts, documents, issues, unreadable };
}

/** What is wrong with a text that could not be parsed, each with its place. */
function issuesOfError({ issues, message }: FlagError, file: string): readonly Issue[] {
  const start = { file, line: 1, column: 1 };
  if (issues.length > 0) return issues.map((issue) => ({ ...issue, place: issue.place ?? start }));
  return [{ severity: 'error', code: 'unreadable', path: [], message, place: start }];
}

/** That a file holds nothing: doubtful of flags, and wrong of tests, which then all would pass. */
function nothingIn(file: string): Issue {
  if (isTestFile(file)) return noTestsIn(file);
  const place = { file, line: 1, column: 1 };
  return { severity: 'warning', code: 'empty-document', path: [], message: 'the file holds nothing', place };
}

/** That a file of tests holds nothing. */
export function noTestsIn(file: string): Issue {
  const place = { file, line: 1, column: 1 };
  const message = 'the file holds no tests';
  return { severity: 'error', code: 'empty-document', path: [], message, expected: 'a map with `tests`', place };
}

/** What is told of flags, and need not be so if other files are there that could not be read. */
const OF_ALL_FILES: ReadonlySet<string> = new Set([
  'unknown-flag',
  'unknown-segment',
  'unknown-ref',
  'undeclared-attribute',
  'unused-segment',
  'unused-evaluator',
  'unused-attribute',
  'similar-attribute',
]);

/** Issues without those that may be there only for want of what a file holds that could not be read. */
export function knowing(issues: readonly Issue[], { unreadable }: Pick<ReadFiles, 'unreadable'>): readonly Issue[] {
  return unreadable.length === 0 ? issues : issues.filter(({ code }) => !OF_ALL_FILES.has(code));
}
