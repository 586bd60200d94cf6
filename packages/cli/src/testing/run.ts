import { explain, type Issue } from '@flagwright/core';
import { UsageError } from '../errors/usage-error.ts';
import { type Explained, explainedOf } from '../executing/explained.ts';
import type { Call } from '../grammar/call.ts';
import { type LocalSet, pickSet, soundSets, type Wanted } from '../local/local-set.ts';
import { readDocuments } from '../manifests/documents.ts';
import { checked } from './check.ts';
import type { Coverage } from './coverage.ts';
import { besides } from './files.ts';
import { testFileIssues } from './issues.ts';
import { type TestCase, type TestFile, testFileOf } from './test-file.ts';

/** What came of a test. */
export interface Result {
  readonly file: string;
  readonly test: TestCase;
  readonly seconds: number;
  /** Undefined: it passed. */
  readonly failure: Failure | undefined;
}

/** Why a test failed. */
export interface Failure {
  readonly message: string;
  /** How the flag came to its answer; a test of shares has none. */
  readonly explained: Explained | undefined;
}

/** All that came of files of tests. */
export interface Ran {
  readonly results: readonly Result[];
  /** What is wrong with files of tests, which then do not run. */
  readonly issues: readonly Issue[];
}

/**
 * Runs the tests of files. Throws `UsageError` if it is not clear which flags they are about, `CommandError` and
 * `FlagError` for files that cannot be read.
 */
export async function runTests(call: Call, files: readonly string[], coverage: Coverage): Promise<Ran> {
  const results: Result[] = [];
  const issues: Issue[] = [];
  const sets = setsReader(call);
  for (const document of await readDocuments(call.world, files)) {
    const wrong = testFileIssues(document);
    issues.push(...document.issues, ...wrong);
    if (wrong.length > 0) continue;
    const file = testFileOf(document);
    for (const test of file.tests) {
      if (!isWanted(call.text('filter'), file, test)) continue;
      results.push(runTest(await sets(file, test), file, test, call.world.now(), coverage));
    }
  }
  return { results, issues };
}

function isWanted(filter: string | undefined, { file }: TestFile, { name, flag }: TestCase): boolean {
  if (filter === undefined) return true;
  return [file, name, flag].some((text) => text.toLowerCase().includes(filter.toLowerCase()));
}

function runTest(set: LocalSet, { file }: TestFile, test: TestCase, now: number, coverage: Coverage): Result {
  const from = performance.now();
  const { failure: message, served } = checked(set.snapshot, test, now);
  const seconds = (performance.now() - from) / 1_000;
  coverage.add(set, test.flag, served);
  if (message === undefined) return { file, test, seconds, failure: undefined };
  const explained =
    'shares' in test.expected ? undefined : explainedOf(explain(set.snapshot, test.flag, test.context, test.at ?? now));
  return { file, test, seconds, failure: { message, explained } };
}

/** Finds the set that a test is about; files are read once. */
function setsReader(call: Call): (file: TestFile, test: TestCase) => Promise<LocalSet> {
  const named = call.texts('filename');
  const read = new Map<string, Promise<readonly LocalSet[]>>();
  return async (file, { project, stage }) => {
    const files = named.length > 0 ? named : file.files.map((name) => besides(file.file, name));
    if (files.length === 0) {
      throw new UsageError(`${file.file}: the tests are about which flags? Name their files by -f <file>`, [
        'Or in the file itself: files: [features.yaml]',
      ]);
    }
    const wanted: Wanted = { project: project ?? call.text('project'), stage: stage ?? call.text('stage') };
    const key = JSON.stringify([files, wanted]);
    const sets = read.get(key) ?? readDocuments(call.world, files).then((documents) => soundSets(documents, wanted));
    read.set(key, sets);
    return pickSet(await sets, wanted, files);
  };
}
