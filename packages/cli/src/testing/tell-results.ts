import { explanationText } from '../executing/explanation-text.ts';
import type { Call } from '../grammar/call.ts';
import { safe } from '../output/safe.ts';
import { type Style, styleOf } from '../output/style.ts';
import type { JUnitSuite } from '../report/junit.ts';
import type { Uncovered } from './coverage.ts';
import type { Failure, Result } from './run.ts';

/** The results as lines: `ok` and `FAILED`, each failure with what was expected, what came, and why; then how many. */
export function resultLines(call: Call, results: readonly Result[]): string {
  const style = styleOf(call);
  const lines = results.flatMap(({ file, test, failure }) => {
    if (failure === undefined) return [`${style.green('ok')}      ${safe(`${file}: ${test.name}`)}`];
    const { place } = test;
    const where = place === undefined ? file : `${place.file}:${place.line}:${place.column}`;
    return [
      `${style.red('FAILED')}  ${safe(`${where}: ${test.name}`)}`,
      ...indented(failureLines(failure, style, call.has('plain'))),
    ];
  });
  return [...lines, countText(results, style)].map((line) => `${line}\n`).join('');
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `        ${line}`);

function failureLines({ message, explained }: Failure, style: Style, plain: boolean): readonly string[] {
  const why = explained === undefined ? [] : explanationText(explained, style, plain).split('\n');
  return [safe(message), ...why];
}

/** `12 passed, 1 failed`. */
function countText(results: readonly Result[], style: Style): string {
  const failed = results.filter(({ failure }) => failure !== undefined).length;
  const passed = `${results.length - failed} passed`;
  return failed === 0 ? style.green(passed) : `${passed}, ${style.red(`${failed} failed`)}`;
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
export function resultsValue(results: readonly Result[], uncovered: readonly Uncovered[] | undefined): object {
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

/** The results as build servers read them: a suite for each file. */
export function suitesOf(results: readonly Result[]): readonly JUnitSuite[] {
  const files = [...new Set(results.map(({ file }) => file))];
  return files.map((file) => ({
    name: file,
    file,
    cases: results
      .filter((result) => result.file === file)
      .map(({ test: { name, place }, seconds, failure }) => ({
        name,
        seconds,
        ...(failure === undefined
          ? {}
          : {
              failure: {
                message: failure.message,
                text: failureLines(failure, PLAIN, false).join('\n'),
                ...(place === undefined ? {} : { place }),
              },
            }),
      })),
  }));
}
