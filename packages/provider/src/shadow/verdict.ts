import type { CandidateStatus } from './candidate.ts';
import type { FlagComparison } from './ledger.ts';
import { shownKey } from './shown-key.ts';

/** Whether to switch. */
export interface Verdict {
  /**
   * It is safe to switch: the candidate is ready, every flag that was seen was compared often enough, no value differed,
   * and the candidate never failed. It says nothing of flags that were not seen.
   */
  readonly safe: boolean;
  /** Why it is not; empty if it is. */
  readonly reasons: readonly string[];
  /** What is worth a look, and no reason against. */
  readonly warnings: readonly string[];
}

/** What is judged. */
export interface Facts {
  readonly candidate: { readonly status: CandidateStatus };
  readonly compared: number;
  readonly skipped: number;
  readonly candidateErrors: number;
  readonly flags: ReadonlyMap<string, FlagComparison>;
  readonly others: FlagComparison | undefined;
  readonly notSeen: readonly string[];
  readonly missing: readonly string[];
}

/** Judges what was found: `enough` is how often a flag must have been compared. */
export function verdictOf(facts: Facts, enough: number): Verdict {
  const { candidate, compared, skipped, candidateErrors, flags, others, notSeen, missing } = facts;
  const seen: (readonly [string, FlagComparison])[] = [...flags];
  if (others !== undefined) seen.push(['further flags', others]);
  const where = (test: (flag: FlagComparison) => boolean): string[] =>
    seen.filter(([, flag]) => test(flag)).map(([key]) => key);

  const reasons: string[] = [];
  if (candidate.status !== 'ready') reasons.push(`the candidate is ${candidate.status}`);
  if (compared === 0) reasons.push('nothing was compared');
  note(
    reasons,
    'values differ',
    where(({ mismatches }) => mismatches.value > 0),
  );
  const failing = where(({ errors }) => errors > 0);
  note(reasons, 'the candidate fails', failing);
  if (candidateErrors > 0 && failing.length === 0)
    reasons.push('the candidate fails for keys that are no flags of the primary');
  note(
    reasons,
    `compared less than ${enough} times`,
    where((flag) => flag.compared < enough),
  );

  const warnings: string[] = [];
  note(
    warnings,
    'variants differ',
    where(({ mismatches }) => mismatches.variant > 0),
  );
  note(
    warnings,
    'reasons differ',
    where(({ mismatches }) => mismatches.reason > 0),
  );
  note(warnings, 'not seen', notSeen);
  note(warnings, 'not listed by the candidate', missing);
  if (skipped > compared) warnings.push(`more was skipped (${skipped}) than compared (${compared})`);
  return { safe: reasons.length === 0, reasons, warnings };
}

const NAMED = 10;

function note(notes: string[], what: string, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const rest = keys.length > NAMED ? ` and ${keys.length - NAMED} more` : '';
  notes.push(`${what}: ${keys.slice(0, NAMED).map(shownKey).join(', ')}${rest}`);
}
