import { FlagError, type Issue, type Place } from '@flagwright/core';
import { type CommandError, EXIT, type Exit } from '../errors/command-error.ts';
import { documentsOf, type FileDocument, type FileText, readTexts } from '../manifests/documents.ts';
import type { World } from '../world.ts';
import { isTestFile } from './local-set.ts';

/** A file or a folder that could not be read. */
export interface UnreadFile {
  readonly file: string;
  readonly error: CommandError;
}

/** Files, what they hold, and what is wrong with their texts. */
export interface ReadFiles {
  readonly texts: readonly FileText[];
  readonly unread: readonly UnreadFile[];
  /** The names of all of these. */
  readonly files: readonly string[];
  readonly documents: readonly FileDocument[];
  /** Of files that could not be read, of texts that are no YAML or JSON, and of those that hold nothing. */
  readonly issues: readonly Issue[];
  /** Those of flags that could not be read, or are no YAML or JSON: what they hold is not known. */
  readonly unreadable: readonly string[];
}

/**
 * The documents of files; what cannot be read, or is no YAML or JSON, is an issue like others, and hides nothing of other
 * files. `recursive` as for `readTexts`; `prepare` is called with each text before it is parsed, and may throw `CommandError`.
 */
export async function readAll(
  world: World,
  named: readonly string[],
  recursive: boolean | undefined,
  prepare: (text: string, file: string) => string = (text) => text,
): Promise<ReadFiles> {
  const unread: UnreadFile[] = [];
  const texts = await readTexts(world, named, recursive, (file, error) => unread.push({ file, error }));
  const documents: FileDocument[] = [];
  const issues: Issue[] = unread.map(unreadIssue);
  const unreadable: string[] = unread.map(({ file }) => file).filter((file) => !isTestFile(file));
  for (const { file, text } of texts) {
    try {
      const own = documentsOf(prepare(text, file), file);
      documents.push(...own);
      if (own.length === 0) issues.push(nothingIn(file, text));
    } catch (thrown) {
      if (!isTestFile(file)) unreadable.push(file);
      issues.push(...(ofTemplate(thrown) ?? issuesOfError(FlagError.from(thrown), file)));
    }
  }
  const files = [...texts, ...unread].map(({ file }) => file);
  return { texts, unread, files, documents, issues, unreadable };
}

/** What is wrong with a template, as `templatesOf` throws it. */
const ofTemplate = (thrown: unknown): readonly Issue[] | undefined =>
  (thrown as { readonly more?: { readonly issues?: readonly Issue[] } }).more?.issues;

/** The code of what was named and is not there. */
export const NO_FILE = 'no-file';

/** That a file could not be read, as an issue. */
export function unreadIssue({ file, error: { message, exit, hints, more } }: UnreadFile): Issue {
  const code = exit === EXIT.notFound ? NO_FILE : UNREADABLE;
  const place = (more?.place as Place | undefined) ?? { file, line: 1, column: 1 };
  const hint = hints.length === 0 ? {} : { hint: hints.join('. ') };
  return { severity: 'error', code, path: [], message, ...hint, place };
}

/** The exit code of errors: that of what is not there, if nothing else is wrong than names of what is not. */
export function exitOfErrors(errors: readonly Pick<Issue, 'code'>[]): Exit {
  return errors.length > 0 && errors.every(({ code }) => code === NO_FILE) ? EXIT.notFound : EXIT.invalid;
}

/** The code of what could not be read, and of a text that is no YAML or JSON if nothing more is known. */
export const UNREADABLE = 'unreadable';

/** What is wrong with a text that could not be parsed, each with its place. */
function issuesOfError({ issues, message }: FlagError, file: string): readonly Issue[] {
  const start = { file, line: 1, column: 1 };
  if (issues.length > 0) return issues.map((issue) => ({ ...issue, place: issue.place ?? start }));
  return [{ severity: 'error', code: UNREADABLE, path: [], message, place: start }];
}

/**
 * That a file holds nothing: doubtful of flags, and wrong of tests, which then all would pass, and of a standard input
 * without a word, whose other end has failed.
 */
function nothingIn(file: string, text: string): Issue {
  if (isTestFile(file)) return noTestsIn(file);
  const place = { file, line: 1, column: 1 };
  if (file === '<stdin>' && text.trim() === '') {
    const hint = 'what should have written it has probably failed';
    return { severity: 'error', code: 'empty-document', path: [], message: 'there is nothing here', hint, place };
  }
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
