import { formatPath } from '@flagwright/core';
import { safe } from '../output/safe.ts';
import type { Style } from '../output/style.ts';
import type { JUnitSuite } from '../report/junit.ts';
import type { SarifRule } from '../report/sarif.ts';
import { CORE_WARNINGS } from './core-warnings.ts';
import type { Linted, Problem } from './problems.ts';
import { LINT_RULES } from './rules.ts';

/** Problems as a compiler shows them, file by file, and how many there are. */
export function problemsText(linted: Linted, style: Style): string {
  const groups = byFile(linted.problems);
  const parts = [...groups.values()].map((problems) => problems.map((one) => problemText(one, style)).join('\n'));
  return `${[...parts, countText(linted, style)].join('\n\n')}\n`;
}

function problemText({ file, place, severity, code, path, message, expected, hint }: Problem, style: Style): string {
  const where = place === undefined ? file : `${file}:${place.line}:${place.column}`;
  const paint = severity === 'error' ? style.red : style.yellow;
  const what = path.length === 0 ? message : `${formatPath(path)}: ${message}`;
  const said = expected === undefined ? what : `${what}; expected ${expected}`;
  const line = `${style.bold(safe(where))}  ${paint(severity)}  ${style.dim(code)}  ${safe(said)}`;
  return hint === undefined ? line : `${line}\n    Hint: ${safe(hint)}`;
}

/** `3 problems (1 error, 2 warnings) in 2 files`. */
export function countText({ sets, problems }: Linted, style: Style): string {
  if (problems.length === 0) return style.green(`no problems in ${counted(sets, 'set')} of flags`);
  const [errors, warnings] = countsOf(problems);
  const files = byFile(problems).size;
  const places = counted(files, problems.some(({ place }) => place !== undefined) ? 'file' : 'stage');
  const text = `${counted(problems.length, 'problem')} (${counted(errors, 'error')}, ${counted(warnings, 'warning')}) in ${places}`;
  return errors > 0 ? style.red(text) : style.yellow(text);
}

/** How many errors there are, and how many warnings. */
export function countsOf(problems: readonly Problem[]): readonly [errors: number, warnings: number] {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return [errors, problems.length - errors];
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function byFile(problems: readonly Problem[]): ReadonlyMap<string, readonly Problem[]> {
  const groups = new Map<string, Problem[]>();
  for (const problem of problems) {
    const group = groups.get(problem.file);
    if (group === undefined) groups.set(problem.file, [problem]);
    else group.push(problem);
  }
  return groups;
}

/** Problems as a suite for each file. Warnings are cases that passed, unless they fail the command. */
export function suitesOf(problems: readonly Problem[], strict: boolean): readonly JUnitSuite[] {
  const groups = byFile(problems);
  if (groups.size === 0) return [{ name: 'flagctl lint', cases: [{ name: 'no problems' }] }];
  return [...groups].map(([file, all]) => ({
    name: file,
    file,
    cases: all.map(({ severity, code, path, message, expected, hint, place }) => {
      const name = `${severity} ${code} ${formatPath(path)}`;
      if (severity === 'warning' && !strict) return { name: `${name}: ${message}` };
      const text = [
        place === undefined ? file : `${file}:${place.line}:${place.column}`,
        message,
        ...(expected === undefined ? [] : [`expected ${expected}`]),
        ...(hint === undefined ? [] : [`Hint: ${hint}`]),
      ].join('\n');
      return { name, failure: { message, text, ...(place === undefined ? {} : { place }) } };
    }),
  }));
}

/** All rules, for those who read a report. */
export function rulesForReport(): readonly SarifRule[] {
  return [
    ...LINT_RULES.map(({ id, summary, help }) => ({ id, summary, help })),
    ...Object.entries(CORE_WARNINGS).map(([id, summary]) => ({ id, summary, help: summary })),
  ];
}

/** All rules, for people. */
export function rulesText(style: Style): string {
  const rules = LINT_RULES.map(({ id, severity, summary, help }) => {
    const by = severity === 'off' ? 'off; --enable or --pedantic' : severity;
    return `${style.bold(id)} (${by}): ${summary}\n${wrapped(help)}`;
  });
  const core = Object.entries(CORE_WARNINGS).map(([code, summary]) => `  ${code.padEnd(24)}${summary}`);
  return `${rules.join('\n\n')}\n\nWhat loading warns of is told, too, and can be switched by the same options:\n${core.join('\n')}\n`;
}

/** Text in lines of at most 100 characters, indented. */
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line.length + word.length > 95) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? `    ${word}` : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
