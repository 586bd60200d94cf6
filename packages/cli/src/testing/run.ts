import { type Explained, explain, explainedOf, type Issue } from '@flagwright/core';
import { EXIT, type Exit } from '../errors/command-error.ts';
import { toldOf } from '../errors/tell.ts';
import { UsageError } from '../errors/usage-error.ts';
import { eachOnce } from '../files/each-once.ts';
import type { Call } from '../grammar/call.ts';
import { type LocalSet, pickSet, soundSets, type Wanted, warnOfPlace } from '../local/local-set.ts';
import { noTestsIn, readAll, type UnreadFile } from '../local/read-all.ts';
import { type FileDocument, readDocuments } from '../manifests/documents.ts';
import type { World } from '../world.ts';
import { checked } from './check.ts';
import type { Coverage } from './coverage.ts';
import { besides, testFiles } from './files.ts';
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

/** A file of tests that did not run, or not all of it. */
export interface Broken {
  readonly file: string;
  /** In a line, without the name of the file. */
  readonly message: string;
  /** What is wrong with the file itself, each with its place; of files of flags, nothing. */
  readonly issues: readonly Issue[];
  /** What to do. */
  readonly hints: readonly string[];
  readonly exit: Exit;
}

/** All that came of files of tests. */
export interface Ran {
  readonly results: readonly Result[];
  readonly broken: readonly Broken[];
  /** All files that were read: of tests, and of flags, which may be folders. */
  readonly read: readonly string[];
}

/** Runs the tests of files and folders. What keeps one file from running is told with it, and the others run. */
export async function runTests(call: Call, named: readonly string[], coverage: Coverage): Promise<Ran> {
  const results: Result[] = [];
  const unread: UnreadFile[] = [];
  const files = await testFiles(call.world, named, (file, error) => unread.push({ file, error }));
  const broken: Broken[] = await Promise.all(unread.map(({ file, error }) => brokenBy(file, error)));
  const sets = setsReader(call);
  for (const name of await eachOnce(call.world, files, (file) => file)) {
    const documents = await testDocuments(call.world, name, broken);
    for (const file of documents) {
      const reasons = new Set<string>();
      for (const test of file.tests) {
        if (!isWanted(call.text('filter'), file, test)) continue;
        const set = await sets.of(file, test).catch(async (thrown: unknown) => {
          const one = await brokenBy(file.file, thrown);
          if (!reasons.has(one.message)) broken.push(one);
          reasons.add(one.message);
        });
        if (set !== undefined) results.push(runTest(set, file, test, call.world.now(), coverage));
      }
    }
  }
  return { results, broken, read: [...files, ...sets.read] };
}

/** The tests in a file; what is wrong with it goes to `broken`. */
async function testDocuments(world: World, name: string, broken: Broken[]): Promise<readonly TestFile[]> {
  const read = await readAll(world, [name], undefined);
  for (const { file, error } of read.unread) broken.push(await brokenBy(file, error));
  if (read.unread.length > 0) return [];
  const tests: TestFile[] = [];
  const file = read.texts[0]?.file ?? name;
  // that it is empty is told in the words of tests, however it is named
  const issues = read.issues.filter(({ severity, code }) => severity === 'error' && code !== 'empty-document');
  if (read.documents.length === 0 && issues.length === 0) issues.push(noTestsIn(file));
  for (const document of read.documents) {
    const wrong = [...document.issues, ...testFileIssues(document)];
    issues.push(...wrong);
    if (wrong.length === 0) tests.push(testFileOf(document));
  }
  if (issues.length > 0) broken.push({ file, message: 'the file is not valid', issues, hints: [], exit: EXIT.invalid });
  return tests;
}

async function brokenBy(file: string, thrown: unknown): Promise<Broken> {
  const { message, hints, exit } = await toldOf(thrown);
  return {
    file,
    message: message.startsWith(`${file}: `) ? message.slice(file.length + 2) : message,
    hints,
    issues: [],
    exit,
  };
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
interface SetsReader {
  /** Rejects with `UsageError` if it is not clear which, `CommandError` and `FlagError` for files that cannot be read. */
  of(file: TestFile, test: TestCase): Promise<LocalSet>;
  /** The files that it was asked for. */
  readonly read: ReadonlySet<string>;
}

function setsReader(call: Call): SetsReader {
  const named = call.texts('filename');
  const documents = new Map<string, Promise<readonly FileDocument[]>>();
  const found = new Map<string, Promise<readonly LocalSet[]>>();
  const read = new Set<string>();
  const warned = new Set<string>();
  return {
    read,
    async of(file, test) {
      const files = named.length > 0 ? named : file.files.map((name) => besides(file.file, name));
      if (files.length === 0) {
        throw new UsageError(`${file.file}: the tests are about which flags? Name their files by -f <file>`, [
          'Or in the file itself: files: [features.yaml]',
        ]);
      }
      for (const name of files) read.add(name);
      const wanted: Wanted = {
        project: test.project ?? call.text('project'),
        stage: test.stage ?? call.text('stage'),
      };
      const names = JSON.stringify(files);
      const texts = documents.get(names) ?? readDocuments(call.world, files, { recursive: call.has('recursive') });
      documents.set(names, texts);
      const key = JSON.stringify([files, wanted]);
      const sets = found.get(key) ?? texts.then((all) => soundSets(all, wanted));
      found.set(key, sets);
      const set = pickSet(await sets, wanted, files);
      // files that the command line names may be some with stages, and some without
      const own = named.length > 0 ? [] : (['project', 'stage'] as const).filter((what) => test[what] !== undefined);
      for (const said of [own.map((what) => `${what} of ${file.file}`), undefined]) {
        const id = String(said);
        if (!warned.has(id)) warnOfPlace(call, [set], said);
        warned.add(id);
      }
      return set;
    },
  };
}
