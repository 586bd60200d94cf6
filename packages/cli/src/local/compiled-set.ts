import { compile, formatPath, type Issue } from '@flagwright/core';
import type { LocalSet } from './set.ts';

/** A set with its flags compiled. Throws `FlagError('PARSE_ERROR')` if its document is none. */
export function compiledSet(set: Omit<LocalSet, 'snapshot'>): LocalSet {
  const { document, locate, title, issues } = set;
  const snapshot = compile({ document, revision: title, locate });
  // what is refused before, for its text, is refused by what compiles it, too
  const found = snapshot.issues.filter(
    ({ code, path }) => code !== NOT_JSON || !issues.some((issue) => formatPath(issue.path) === formatPath(path)),
  );
  return { ...set, snapshot, issues: [...issues, ...found.map((issue) => atFault(issue, locate))] };
}

/** The code of targeting that is text, and no JSON. */
const NOT_JSON = 'bad-json';

/** Targeting that is no JSON: a path into it leads to where it stops being JSON, which the message need not say. */
export function atFault(issue: Issue, locate: LocalSet['locate']): Issue {
  if (issue.code !== NOT_JSON && issue.code !== 'invalid-targeting') return issue;
  const place = locate([...issue.path, 0]);
  if (place === undefined) return issue;
  const message = issue.message.replace(/^(not JSON )?at line \d+, column \d+: /, (_, no) => (no ? 'not JSON: ' : ''));
  return { ...issue, message, place };
}
