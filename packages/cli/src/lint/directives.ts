import { type Issue, preview } from '@flagwright/core';
import { lineIndex, yamlComments } from '@flagwright/core/text';
import { nearest } from '../grammar/nearest.ts';
import { splitDocuments } from '../manifests/split.ts';
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
 * In a comment: `# flagctl-lint-disable`, for the file; `…-next-line`, for the next line that is no comment; `…-line`, for
 * its own. After it codes, none for all; after these `--` and why.
 */
const DIRECTIVE = /(?:^|\s)#\s*flagctl-lint-disable(-next-line|-line)?(?=\s|$)(.*)/;

const ALL = '*';

/** What the comments of a YAML text leave out; undefined if there are none, as in JSON. Text within values is no comment. */
export function directivesIn(text: string, file: string): Directives | undefined {
  if (!text.includes('flagctl-lint-disable') || /\.json$/i.test(file)) return undefined;
  const unknown: Issue[] = [];
  const everywhere = new Set<string>();
  const byLine = new Map<number, Set<string>>();
  let next: readonly number[] | undefined;
  const comments = commentsIn(text, file);
  for (const { line, column, text: comment } of comments) {
    const found = DIRECTIVE.exec(comment);
    if (found === null) continue;
    const [, where, rest = ''] = found;
    const named = rest.split(/\s--(?:\s|$)/, 1)[0]!;
    const codes = new Map([...named.matchAll(/[^\s,]+/g)].reverse().map(({ 0: code, index }) => [code, index]));
    if (where === '-next-line') next ??= nextLines(text.split(/\r\n|\n|\r/), comments);
    const into = where === undefined ? everywhere : at(byLine, where === '-line' ? line : next![line]!);
    for (const code of codes.size === 0 ? [ALL] : codes.keys()) into.add(code);
    for (const [code, index] of [...codes].reverse()) {
      if (RULE_NAMES.has(code)) continue;
      const from = column + comment.length - rest.length + index;
      unknown.push({ ...unknownRule(code), place: { file, line, column: from } });
    }
  }
  const has = (codes: ReadonlySet<string> | undefined, code: string): boolean =>
    codes !== undefined && (codes.has(code) || codes.has(ALL));
  return { leavesOut: (code, line) => has(everywhere, code) || has(byLine.get(line), code), unknown };
}

/** A comment, and where its `#` stands. */
interface Comment {
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** The comments of all documents of a file. */
function commentsIn(text: string, file: string): readonly Comment[] {
  return splitDocuments(text, file).flatMap(({ text: part, line: before }) => {
    const lineOf = lineIndex(part);
    return yamlComments(part).map(({ offset, text: comment }) => {
      const { line, column } = lineOf(offset);
      return { line: line + before, column, text: comment };
    });
  });
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

/** Of each line, from 0, the number of the next one that says something. */
function nextLines(lines: readonly string[], comments: readonly Comment[]): readonly number[] {
  const commented = new Set(comments.map(({ line }) => line));
  const next: number[] = [];
  for (let line = lines.length; line >= 0; line--) {
    const below = (lines[line] ?? 'the end').trimStart();
    const isSilent = below === '' || (below.startsWith('#') && commented.has(line + 1));
    next[line] = isSilent ? next[line + 1]! : line + 1;
  }
  return next;
}

function at(byLine: Map<number, Set<string>>, line: number): Set<string> {
  let codes = byLine.get(line);
  if (codes === undefined) {
    codes = new Set();
    byLine.set(line, codes);
  }
  return codes;
}
