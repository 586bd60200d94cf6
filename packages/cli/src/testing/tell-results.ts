import { formatIssue } from '@flagwright/core';
import { explanationText } from '../executing/explanation-text.ts';
import { safe } from '../output/safe.ts';
import type { Style } from '../output/style.ts';
import type { JUnitCase, JUnitSuite } from '../report/junit.ts';
import type { Uncovered } from './coverage.ts';
import type { Broken, Failure, Ran, Result } from './run.ts';

/** The results as lines: `ok` and `FAILED`, each failure with what was expected, what came, and why; then how many. */
export function resultLines({ results, broken }: Ran, style: Style, plain: boolean): string {
  const lines = results.flatMap(({ file, test, failure }) => {
    if (failure === undefined) return [`${style.green('ok')}      ${safe(`${file}: ${test.name}`)}`];
    const { place } = test;
    const where = place === undefined ? file : `${place.file}:${place.line}:${place.column}`;
    return [
      `${style.red('FAILED')}  ${safe(`${where}: ${test.name}`)}`,
      ...indented(failureLines(failure, style, plain)),
    ];
  });
  return [...lines, countText(results, broken, style)].map((line) => `${line}\n`).join('');
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `        ${line}`);

function failureLines({ message, explained }: Failure, style: Style, plain: boolean): readonly string[] {
  const why = explained === undefined ? [] : explanationText(explained, style, plain).split('\n');
  return [safe(message), ...why];
}

/** `12 passed, 1 failed, 1 file did not run`; what there is none of is left out. */
function countText(results: readonly Result[], broken: readonly Broken[], style: Style): string {
  const failed = results.filter(({ failure }) => failure !== undefined).length;
  const passed = `${results.length - failed} passed`;
  const files = new Set(broken.map(({ file }) => file)).size;
  const wrong = [
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(files === 0 ? [] : [`${files} file${files === 1 ? '' : 's'} did not run`]),
  ];
  return wrong.length === 0 ? style.green(passed) : [passed, ...wrong.map(style.red)].join(', ');
}

/** What no test reached, a line for each set and each flag. */
export function coverageLines(uncovered: readonly Uncovered[]): string {
  const lines = uncovered.flatMap(({ set, flags, parts }) => [
    `Coverage of ${set}: ${flags.reached} of ${flags.all} flags have tests`,
    ...flags.missed.map((flag) => `  ${flag}: no test`),
    ...parts.map(({ flag, rules, variants }) => {
      const missing = [
        ...(rules.length === 0 ? [] : [`never decided by ${rules.join(', ')}`]),
        ...(variants.length === 0 ? [] : [`never served ${variants.join(', ')}`]),
      ];
      return `  ${flag}: ${missing.join('; ')}`;
    }),
  ]);
  return lines.map((line) => `${safe(line)}\n`).join('');
}

/** The results for programs. */
export function resultsValue({ results, broken }: Ran, uncovered: readonly Uncovered[] | undefined): object {
  const failed = results.filter(({ failure }) => failure !== undefined).length;
  return {
    passed: results.length - failed,
    failed,
    tests: results.map(({ file, test, seconds, failure }) => ({
      file,
      name: test.name,
      flag: test.flag,
      project: test.project,
      stage: test.stage,
      context: test.context,
      ok: failure === undefined,
      seconds: Number(seconds.toFixed(6)),
      place: test.place,
      message: failure?.message,
      explanation: failure?.explained,
    })),
    errors: broken.map(({ file, message, issues }) => ({ file, message, issues })),
    ...(uncovered === undefined ? {} : { coverage: uncovered }),
  };
}

const PLAIN: Style = {
  coloured: false,
  bold: (text) => text,
  dim: (text) => text,
  red: (text) => text,
  green: (text) => text,
  yellow: (text) => text,
  blue: (text) => text,
  cyan: (text) => text,
};

/** The results as build servers read them: a suite for each file, with a case for what kept it from running. */
export function suitesOf({ results, broken }: Ran): readonly JUnitSuite[] {
  const files = [...new Set([...results, ...broken].map(({ file }) => file))];
  return files.map((file) => ({
    name: file,
    file,
    cases: namedApart([
      ...broken.filter((one) => one.file === file).map(brokenCase),
      ...results.filter((result) => result.file === file).map(resultCase),
    ]),
  }));
}

/** Cases of one name are one to a build server: the second gets another. */
function namedApart(cases: readonly JUnitCase[]): readonly JUnitCase[] {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return cases.map((one) => {
    let { name } = one;
    let count = counts.get(name) ?? 1;
    while (taken.has(name)) name = `${one.name} (${++count})`;
    counts.set(one.name, count);
    taken.add(name);
    return { ...one, name };
  });
}

function resultCase({ test: { name, place }, seconds, failure }: Result): JUnitCase {
  if (failure === undefined) return { name, seconds };
  const text = failureLines(failure, PLAIN, false).join('\n');
  return { name, seconds, failure: { message: failure.message, text, ...(place === undefined ? {} : { place }) } };
}

function brokenCase({ message, issues, hints }: Broken): JUnitCase {
  const place = issues[0]?.place;
  const text = [...(issues.length === 0 ? [message] : issues.map(formatIssue)), ...hints].join('\n');
  return { name: 'the file runs', error: { message, text, ...(place === undefined ? {} : { place }) } };
}
