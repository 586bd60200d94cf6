import { compileShape, type Issue, instantOf, isRecord, type Path, preview } from '@flagwright/core';
import type { FileDocument } from '../manifests/documents.ts';
import { TEST_FILE } from './schema.ts';
import { isPair, percent, shareOf, type Written, type WrittenExpectation, type WrittenTest } from './written.ts';

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

/** Shares that add up to 1 may add up to a little more. */
const ROUNDING = 1e-9;

/** A share may be off by as much. */
const MOST_WITHIN = 0.5;

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
    if (row.length !== 2)
      error('expectation', at, `the list has ${row.length} item${row.length === 1 ? '' : 's'}`, '[context, expected]');
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
  const within = shareOf(test.share?.within ?? 0);
  if (within > MOST_WITHIN) {
    const message = `within ${percent(within)} hardly anything can fail`;
    error('expectation', [...path, 'share', 'within'], message, `at most ${percent(MOST_WITHIN)}`);
  }
  if (sum > 1 + ROUNDING) {
    error('expectation', [...path, 'share', 'expect'], `the shares add up to ${percent(sum)}`, 'at most 100%');
  }
}

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
