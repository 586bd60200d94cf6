import { formatIssue, formatPath, type Issue } from '@flagwright/core';
import { shown } from './printable.ts';

/** A warning shows this many issues. */
const MOST_SHOWN = 5;

/** So many are remembered as told; those beyond are not told, lest a store that changes all the time fills a log. */
const MOST_TOLD = 1_000;

/** Tells issues, each once, those that are new together in one warning. */
export function issuesTeller(what: string, warn: (message: string) => void): (issues: readonly Issue[]) => void {
  const told = new Set<string>();
  return (issues) => {
    const fresh: Issue[] = [];
    for (const issue of issues) {
      const text = `${formatPath(issue.path)} ${issue.code} ${issue.message}`;
      if (told.has(text) || told.size >= MOST_TOLD) continue;
      told.add(text);
      fresh.push(issue);
    }
    if (fresh.length === 0) return;
    const lines = fresh.slice(0, MOST_SHOWN).map((issue) => `  ${shown(formatIssue(issue))}`);
    if (fresh.length > MOST_SHOWN) lines.push(`  … and ${fresh.length - MOST_SHOWN} more`);
    warn([`${what}:`, ...lines].join('\n'));
  };
}
