import { compileShape, type Issue, instantOf, isRecord, type Path, type Place, preview } from '@flagwright/core';
import type { FileDocument } from '../manifests/documents.ts';
import { TEST_FILE } from './schema.ts';

/** What is expected of an answer: all that is there must hold. */
export interface Expectation {
  /** The name of a variant; if the flag serves a value that is none, that value. */
  readonly variant?: string;
  readonly value?: unknown;
  /** In the words of OpenFeature, or of the evaluator. */
  readonly reason?: string;
  readonly rule?: string;
  readonly error?: string;
  /** The flag leaves it to the default in the code. */
  readonly codeDefault?: true;
}

/** What is expected of a flag in many contexts. */
export interface ShareExpectation {
  readonly contexts: number;
  /** The attribute that differs between them. */
  readonly vary: string;
  /** Variants and their shares, from 0 to 1. */
  readonly shares: ReadonlyMap<string, number>;
  readonly within: number;
}

/** One test: a flag, a context, and what is expected. */
export interface TestCase {
  readonly name: string;
  readonly flag: string;
  readonly project: string | undefined;
  readonly stage: string | undefined;
  /** In ms since the epoch; undefined: now. */
  readonly at: number | undefined;
  readonly context: Readonly<Record<string, unknown>>;
  readonly expected: Expectation | ShareExpectation;
  /** Where in its file the expectation stands. */
  readonly place: Place | undefined;
}

/** A file of tests. */
export interface TestFile {
  readonly file: string;
  /** The files with the flags, as they are written there; relative to the folder of the file. */
  readonly files: readonly string[];
  readonly tests: readonly TestCase[];
}

let shapes: ReturnType<typeof compileShape> | undefined;

/** What is wrong with a file of tests, each with its place. */
export function testFileIssues({ value, locate }: FileDocument): readonly Issue[] {
  const issues: Issue[] = [];
  const report = (issue: Issue): void => {
    const place = locate(issue.path);
    issues.push(place === undefined ? issue : { ...issue, place });
  };
  shapes ??= compileShape(TEST_FILE);
  if (!shapes.document(value, [], ({ near: _, ...issue }) => report(issue))) return issues;
  const file = value as Written;
  if (file.at !== undefined) checkTime(file.at, ['at'], report);
  for (const [i, test] of file.tests.entries()) checkTest(test, ['tests', i], report);
  return issues;
}

type Report = (issue: Issue) => void;

interface Written extends Omit<WrittenTest, 'name' | 'flag'> {
  readonly files?: string | readonly string[];
  readonly defaults?: { readonly context?: Readonly<Record<string, unknown>> };
  readonly tests: readonly WrittenTest[];
}

interface WrittenTest {
  readonly name?: string;
  readonly flag: string;
  readonly project?: string;
  readonly stage?: string;
  readonly at?: string;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly expect?: WrittenExpectation;
  readonly table?: readonly WrittenRow[];
  readonly share?: {
    readonly contexts?: number;
    readonly vary?: string;
    readonly expect: Readonly<Record<string, string | number>>;
    readonly within?: string | number;
  };
}

type WrittenExpectation = string | number | boolean | Expectation;

type WrittenRow =
  | readonly [context: Readonly<Record<string, unknown>>, expect: WrittenExpectation]
  | {
      readonly name?: string;
      readonly context?: Readonly<Record<string, unknown>>;
      readonly expect: WrittenExpectation;
    };

function checkTest(test: WrittenTest, path: Path, report: Report): void {
  const error = (code: string, at: Path, message: string, expected: string): void =>
    report({ severity: 'error', code, path: at, message, expected });
  if (test.at !== undefined) checkTime(test.at, [...path, 'at'], report);
  const kinds = (['expect', 'table', 'share'] as const).filter((kind) => test[kind] !== undefined);
  if (kinds.length !== 1) {
    const message = kinds.length === 0 ? 'the test expects nothing' : `the test has ${kinds.join(' and ')}`;
    error('expectation', path, message, 'one of expect, table, share');
  }
  checkExpectation(test.expect, [...path, 'expect'], report);
  for (const [i, row] of (test.table ?? []).entries()) {
    const at = [...path, 'table', i];
    if (!isPair(row)) {
      checkExpectation(row.expect, [...at, 'expect'], report);
      continue;
    }
    const { named } = shapes!;
    if (row.length !== 2) error('expectation', at, `the list has ${row.length} items`, '[context, expected]');
    else {
      const tell = ({ near: _, ...issue }: Issue & { readonly near?: unknown }): void => report(issue);
      named('context')(row[0], [...at, 0], tell);
      if (named('expectation')(row[1], [...at, 1], tell)) checkExpectation(row[1], [...at, 1], report);
    }
  }
  const shares = Object.values(test.share?.expect ?? {}).map(shareOf);
  const sum = shares.reduce((all, one) => all + one, 0);
  if (test.share !== undefined && shares.length === 0) {
    error('expectation', [...path, 'share', 'expect'], 'no share is expected', 'variants with their percentages');
  }
  if (sum > 1 + ROUNDING) {
    error('expectation', [...path, 'share', 'expect'], `the shares add up to ${percent(sum)}`, 'at most 100%');
  }
}

const isPair = (row: WrittenRow): row is Extract<WrittenRow, readonly unknown[]> => Array.isArray(row);

function checkExpectation(expected: WrittenExpectation | undefined, path: Path, report: Report): void {
  if (!isRecord(expected) || Object.keys(expected).length > 0) return;
  const message = 'nothing is expected';
  report({ severity: 'error', code: 'expectation', path, message, expected: 'one of variant, value, reason, rule' });
}

function checkTime(text: string, path: Path, report: Report): void {
  if (instantOf(text) !== undefined) return;
  const expected = 'a date and time, as 2026-01-31T12:00:00Z, in quotes';
  report({ severity: 'error', code: 'bad-time', path, message: `${preview(text)} is no time`, expected });
}

/** The tests of a file that has no issues. */
export function testFileOf({ value, file, locate }: FileDocument): TestFile {
  const written = value as Written;
  const { files = [], defaults, tests } = written;
  const all = tests.flatMap((test, i) => {
    const context = { ...defaults?.context, ...test.context };
    const at = test.at ?? written.at;
    const base = {
      flag: test.flag,
      project: test.project ?? written.project,
      stage: test.stage ?? written.stage,
      at: at === undefined ? undefined : instantOf(at),
    };
    const name = test.name ?? test.flag;
    const one = (label: string, own: object, expected: TestCase['expected'], path: Path): TestCase => ({
      ...base,
      name: label,
      context: { ...context, ...own },
      expected,
      place: locate(['tests', i, ...path]),
    });
    if (test.share !== undefined) return [one(`${name}, shares`, {}, shareExpectation(test.share), ['share'])];
    if (test.expect !== undefined) {
      const label = test.name ?? `${name} ${preview(test.context ?? {})}`;
      return [one(label, {}, expectationOf(test.expect), ['expect'])];
    }
    return (test.table ?? []).map((row, n) => {
      const {
        context: own = {},
        expect,
        name: label,
      } = isPair(row) ? { context: row[0], expect: row[1] } : { name: undefined, ...row };
      const path: Path = ['table', n, isPair(row) ? 1 : 'expect'];
      return one(`${name}, ${label ?? preview(own)}`, own, expectationOf(expect), path);
    });
  });
  return { file, files: typeof files === 'string' ? [files] : files, tests: all };
}

function expectationOf(written: WrittenExpectation): Expectation {
  if (typeof written === 'string') return { variant: written };
  return isRecord(written) ? (written as Expectation) : { value: written };
}

function shareExpectation({
  contexts = 10_000,
  vary = 'targetingKey',
  expect,
  within = 1,
}: NonNullable<WrittenTest['share']>): ShareExpectation {
  const shares = new Map(Object.entries(expect).map(([variant, share]) => [variant, shareOf(share)]));
  return { contexts, vary, shares, within: shareOf(within) };
}

const shareOf = (written: string | number): number =>
  (typeof written === 'number' ? written : Number.parseFloat(written)) / 100;

const ROUNDING = 1e-9;

/** `12.5%`, from a share of 1. */
export const percent = (share: number): string => `${Number((share * 100).toFixed(2))}%`;
