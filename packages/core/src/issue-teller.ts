import { formatIssue, formatPath, type Issue } from './issue.ts';
import type { Snapshot } from './snapshot.ts';
import { WARNING, warnThrown } from './warning.ts';

/** A warning shows this many issues. */
const MOST_SHOWN = 5;

/**
 * Tells the issues of each snapshot that the one before did not have, and returns them. Without `onIssues`, errors
 * become a process warning: a definition that cannot be used must not go unnoticed because its flag serves on.
 */
export function issueTeller(
  source: string,
  onIssues: (issues: readonly Issue[]) => void = (issues) => warn(source, issues),
): (snapshot: Snapshot) => readonly Issue[] {
  let told = new Set<string>();
  return (snapshot) => {
    const before = told;
    const fresh: Issue[] = [];
    told = new Set();
    for (const issue of snapshot.issues) {
      const text = `${formatPath(issue.path)} ${issue.code} ${issue.message}`;
      told.add(text);
      if (!before.has(text)) fresh.push(issue);
    }
    if (fresh.length > 0) {
      try {
        onIssues(fresh);
      } catch (thrown) {
        warnThrown(`onIssues of flag source ${source}`, thrown);
      }
    }
    return fresh;
  };
}

function warn(source: string, issues: readonly Issue[]): void {
  const errors = issues.filter((issue) => issue.severity === 'error');
  if (errors.length === 0) return;
  const rest = errors.length > MOST_SHOWN ? `\n… and ${errors.length - MOST_SHOWN} more` : '';
  const shown = errors.slice(0, MOST_SHOWN).map(formatIssue).join('\n');
  process.emitWarning(`source ${source} has definitions that cannot be used:\n${shown}${rest}`, WARNING);
}
