import type { Issue, Path, Place, Snapshot } from '@flagwright/core';
import type { LintRule, Severity } from './finding.ts';
import { LINT_RULES } from './rules.ts';
import { type FlagView, type SetView, viewOf } from './view.ts';

/** What is looked for, and how grave it is. */
export interface LintOptions {
  /** By the id of a rule, or the code of a warning of core; others are as they are by themselves. */
  readonly severities?: ReadonlyMap<string, Severity>;
  /** In ms since the epoch. */
  readonly now: number;
}

/** What is looked at. */
export interface LintSubject {
  readonly snapshot: Snapshot;
  readonly locate?: (path: Path) => Place | undefined;
  /** What was found before: of the text, and by core. */
  readonly issues: readonly Issue[];
}

/** Findings of one rule in one set beyond so many are counted, and not told. */
const MOST_FINDINGS = 1_000;

/**
 * All that is wrong or doubtful in a set of flags: what was found before, and what the rules find in the flags that can
 * be used, in the order of their places. Warnings of core can be switched as rules can; errors stay errors.
 */
export function lint(subject: LintSubject, options: LintOptions): readonly Issue[] {
  const { severities = new Map<string, Severity>(), now } = options;
  const set = viewOf(subject.snapshot, now);
  const issues: Issue[] = [...switched(subject.issues, options)];
  const flags = [...set.flags.values()];
  for (const rule of LINT_RULES) {
    const severity = severities.get(rule.id) ?? rule.severity;
    if (severity !== 'off') issues.push(...foundBy(rule, severity, flags, set, subject.locate));
  }
  return inOrder(issues);
}

/** Issues that rules have not found, as they are switched; errors stay errors. */
export function switched(
  issues: readonly Issue[],
  { severities = new Map<string, Severity>() }: Pick<LintOptions, 'severities'>,
): readonly Issue[] {
  return issues.flatMap((issue) => {
    const severity = issue.severity === 'error' ? 'error' : (severities.get(issue.code) ?? 'warning');
    if (severity === 'off') return [];
    return [severity === issue.severity ? issue : { ...issue, severity }];
  });
}

function foundBy(
  rule: LintRule,
  severity: Issue['severity'],
  flags: readonly FlagView[],
  set: SetView,
  locate: LintSubject['locate'],
): readonly Issue[] {
  const issues: Issue[] = [];
  let more = 0;
  const add = (finding: Omit<Issue, 'severity' | 'code' | 'place'>): void => {
    if (issues.length === MOST_FINDINGS) {
      more++;
      return;
    }
    const place = locate?.(finding.path);
    issues.push({ severity, code: rule.id, ...finding, ...(place === undefined ? {} : { place }) });
  };
  if (rule.flag !== undefined) for (const flag of flags) for (const finding of rule.flag(flag, set)) add(finding);
  if (rule.set !== undefined) for (const finding of rule.set(set)) add(finding);
  if (more > 0) issues.push({ severity, code: rule.id, path: [], message: `and ${more} more of ${rule.id}` });
  return issues;
}

/** By file and place; what has none comes first. */
export function inOrder<One extends Issue>(issues: readonly One[]): readonly One[] {
  return [...issues].sort(({ place: a }, { place: b }) => {
    if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
    const [one, other] = [a.file ?? '', b.file ?? ''];
    if (one !== other) return one < other ? -1 : 1;
    return a.line - b.line || a.column - b.column;
  });
}
