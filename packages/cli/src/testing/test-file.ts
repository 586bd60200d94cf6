import { instantOf, isRecord, type Path, type Place, preview } from '@flagwright/core';
import type { FileDocument } from '../manifests/documents.ts';
import type { Expectation, ShareExpectation } from './expectation.ts';
import { isPair, shareOf, type Written, type WrittenExpectation, type WrittenTest } from './written.ts';

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
