import type { Issue } from '@flagwright/core';

/** What comments of a file leave out. */
export interface Directives {
  /** Whether findings with a code are left out in a line, which counts from 1. */
  leavesOut(code: string, line: number): boolean;
}

/**
 * A comment: `# flagctl-lint-disable`, for the file; `…-next-line`, for the next line that is no comment; `…-line`, for
 * its own. After it codes, none for all; after these `--` and why.
 */
const COMMENT = /(?:^|\s)#\s*flagctl-lint-disable(-next-line|-line)?(?=\s|$)([^\n]*)/;

const ALL = '*';

/** What the comments of a YAML text leave out; undefined if there are none. */
export function directivesIn(text: string): Directives | undefined {
  if (!text.includes('flagctl-lint-disable')) return undefined;
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
  }
  const has = (codes: ReadonlySet<string> | undefined, code: string): boolean =>
    codes !== undefined && (codes.has(code) || codes.has(ALL));
  return { leavesOut: (code, line) => has(everywhere, code) || has(byLine.get(line), code) };
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
