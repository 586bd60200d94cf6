import { formatIssue, formatPath, type Issue } from '@flagwright/core';
import { safe } from '../output/safe.ts';
import type { Style } from '../output/style.ts';
import type { JUnitSuite } from '../report/junit.ts';

/** An issue in a line, as `formatIssue` has it, in colours. */
export function issueLine({ place, path, severity, message, expected, hint }: Issue, style: Style): string {
  const where = place === undefined ? '' : `${style.bold(safe(`${place.file ?? ''}:${place.line}:${place.column}`))} `;
  const paint = severity === 'error' ? style.red : style.yellow;
  const what = path.length === 0 ? message : `${formatPath(path)}: ${message}`;
  const said = `${what}${expected === undefined ? '' : `; expected ${expected}`}`;
  return `${where}${paint(severity)} ${safe(said)}${hint === undefined ? '' : `. ${style.cyan('Hint')}: ${safe(hint)}`}`;
}

/** How many of each there are. */
export function countsOf(issues: readonly Issue[]): { readonly errors: number; readonly warnings: number } {
  const errors = issues.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: issues.length - errors };
}

/** `2 errors, 1 warning`; what there is none of is left out. */
export function countText({ errors, warnings }: { readonly errors: number; readonly warnings: number }): string {
  const some = (count: number, noun: string): readonly string[] =>
    count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}`];
  return [...some(errors, 'error'), ...some(warnings, 'warning')].join(', ');
}

/** The files that issues are in. */
export function filesOf(issues: readonly Issue[]): ReadonlySet<string> {
  return new Set(issues.flatMap(({ place }) => (place?.file === undefined ? [] : [place.file])));
}

/** Issues as build servers read them: a suite for each file, and a case for each issue that fails it. */
export function suitesOf(files: readonly string[], issues: readonly Issue[], strict: boolean): readonly JUnitSuite[] {
  return files.map((file) => {
    const own = issues.filter((issue) => (issue.place?.file ?? files[0]) === file);
    const failing = own.filter(({ severity }) => strict || severity === 'error');
    if (failing.length === 0) return { name: file, file, cases: [{ name: 'is valid' }] };
    return {
      name: file,
      file,
      cases: failing.map((issue) => ({
        name: `${issue.code} ${formatPath(issue.path)}`,
        failure: {
          message: issue.message,
          text: formatIssue(issue),
          ...(issue.place === undefined ? {} : { place: issue.place }),
        },
      })),
    };
  });
}
