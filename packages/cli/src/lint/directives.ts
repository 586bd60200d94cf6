import { type Issue, preview } from '@flagwright/core';
import { nearest } from '../grammar/nearest.ts';
import { RULE_NAMES } from './rule-names.ts';
import { unknownLintRule } from './rules/unknown-lint-rule.ts';

/** What comments of a file leave out. */
export interface Directives {
  /** Whether findings with a code are left out in a line, which counts from 1. */
  leavesOut(code: string, line: number): boolean;
  /** Of names in them that are none of rules: `unknown-lint-rule`. */
  readonly unknown: readonly Issue[];
}

/**
 * A comment: `# flagctl-lint-disable`, for the file; `…-next-line`, for the next line that is no comment; `…-line`, for
 * its own. After it codes, none for all; after these `--` and why.
 */
const COMMENT = /(?:^|\s)#\s*flagctl-lint-disable(-next-line|-line)?(?=\s|$)([^\n]*)/;

const ALL = '*';

/** What the comments of a YAML text leave out; undefined if there are none, as in JSON. */
export function directivesIn(text: string, file: string): Directives | undefined {
  if (!text.includes('flagctl-lint-disable') || /\.json$/i.test(file)) return undefined;
  const unknown: Issue[] = [];
  const everywhere = new Set<string>();
  const byLine = new Map<number, Set<string>>();
  const lines = text.split(/\r\n|\n|\r/);
  for (const [i, line] of lines.entries()) {
    const found = COMMENT.exec(line);
    if (found === null) continue;
    const [, where, rest = ''] = found;
    const codes = rest
      .split(/\s--(?:\s|$)/, 1)[0]!
      .split(/[\s,]+/)
      .filter((code) => code !== '');
    const into = where === undefined ? everywhere : at(byLine, where === '-line' ? i + 1 : nextLine(lines, i));
    for (const code of codes.length === 0 ? [ALL] : codes) into.add(code);
    for (const code of new Set(codes)) {
      if (RULE_NAMES.has(code)) continue;
      const column = line.indexOf(code, line.length - rest.length) + 1;
      unknown.push({ ...unknownRule(code), place: { file, line: i + 1, column } });
    }
  }
  const has = (codes: ReadonlySet<string> | undefined, code: string): boolean =>
    codes !== undefined && (codes.has(code) || codes.has(ALL));
  return { leavesOut: (code, line) => has(everywhere, code) || has(byLine.get(line), code), unknown };
}

function unknownRule(code: string): Issue {
  const near = nearest(code, [...RULE_NAMES]);
  return {
    severity: 'warning',
    code: unknownLintRule.id,
    path: [],
    message: `there is no rule ${preview(code)}`,
    expected: 'names of rules, and -- before why',
    hint: near === undefined ? "'flagctl lint --rules' tells all" : `did you mean ${near}?`,
  };
}

/** Issues without those that comments leave out; errors stay. */
export function withoutLeftOut(
  issues: readonly Issue[],
  directives: (file: string) => Directives | undefined,
): readonly Issue[] {
  return issues.filter(({ severity, code, place }) => {
    if (place?.file === undefined || severity === 'error') return true;
    return directives(place.file)?.leavesOut(code, place.line) !== true;
  });
}

/** The number of the next line that says something. */
function nextLine(lines: readonly string[], i: number): number {
  let next = i + 1;
  while (next < lines.length && /^\s*(?:#|$)/.test(lines[next]!)) next++;
  return next + 1;
}

function at(byLine: Map<number, Set<string>>, line: number): Set<string> {
  let codes = byLine.get(line);
  if (codes === undefined) {
    codes = new Set();
    byLine.set(line, codes);
  }
  return codes;
}
