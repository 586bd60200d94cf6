import type { CandidateStatus } from './candidate.ts';
import type { FlagComparison } from './ledger.ts';
import type { PendingFacts } from './pending.ts';
import { shownKey } from './printable.ts';

/** Whether to switch. */
export interface Verdict {
  /**
   * It is safe to switch: the candidate is ready, every flag that was seen was compared often enough, no value
   * differed, the candidate never failed, and nothing that was seen is still to be decided, or pending for long. It says
   * nothing of flags that were not seen.
   */
  readonly safe: boolean;
  /** Why it is not; empty if it is. */
  readonly reasons: readonly string[];
  /** What is worth a look, and no reason against. */
  readonly warnings: readonly string[];
}

/** What is judged. */
export interface Facts extends Omit<PendingFacts, 'pending'> {
  readonly candidate: { readonly status: CandidateStatus };
  readonly compared: number;
  readonly candidateErrors: number;
  readonly flags: readonly FlagComparison[];
  readonly others: FlagComparison | undefined;
  readonly settlingKeys: readonly string[];
  readonly notSeen: readonly string[];
  readonly missing: readonly string[];
}

/** The part of a flag's comparisons that may differ at first: edits make few, a candidate that comes late makes more. */
const SETTLED = 0.1;

/** Judges what was found: `enough` is how often a flag must have been compared. */
export function verdictOf(facts: Facts, enough: number): Verdict {
  const { candidate, compared, candidateErrors, flags, others, notSeen, missing } = facts;
  const seen = others === undefined ? flags : [...flags, others];
  const where = (test: (flag: FlagComparison) => boolean): readonly string[] => seen.filter(test).map(({ key }) => key);

  const reasons: string[] = [];
  if (candidate.status !== 'ready') reasons.push(`the candidate is ${candidate.status}`);
  if (compared === 0) reasons.push('nothing was compared');
  const wrong = where(({ mismatches }) => mismatches.value > 0);
  note(reasons, 'values differ', wrong);
  const failing = where(({ errors }) => errors > 0);
  note(reasons, 'the candidate fails', failing);
  if (candidateErrors > 0 && failing.length === 0)
    reasons.push('the candidate fails for keys that are no flags of the primary');
  const rare = where((flag) => flag.compared < enough);
  note(reasons, `compared less than ${enough} times`, rare);
  // of what was compared often enough, too little counts
  const doubtful = where((flag) => flag.compared >= enough && flag.counted < enough);
  note(reasons, 'the primary fails, or differences are undecided', doubtful);
  const passedOver = where((flag) => flag.skipped > flag.compared);
  note(reasons, 'more was skipped than compared', passedOver);
  const late = where((flag) => flag.settled > SETTLED * flag.compared);
  note(reasons, 'more than one in ten differs at first', late);
  note(reasons, 'still settling', facts.settlingKeys);
  const often = new Map(flags.map((flag) => [flag.key, flag.compared]));
  const behind = [...facts.pendingPerFlag].filter(([key, pending]) => pending > (often.get(key) ?? 0));
  note(
    reasons,
    'more is pending than was compared',
    behind.map(([key]) => key),
  );
  note(reasons, 'pending for too long', facts.overdue);
  if (others !== undefined) reasons.push('more flags than are told apart');

  const warnings: string[] = [];
  const renamed = where(({ mismatches }) => mismatches.variant > 0);
  note(warnings, 'variants differ', renamed);
  const reworded = where(({ mismatches }) => mismatches.reason > 0);
  note(warnings, 'reasons differ', reworded);
  const erring = where(({ primaryErrors }) => primaryErrors > 0);
  note(warnings, 'the primary answers errors', erring);
  const partly = where((flag) => flag.undecided > 0 && flag.counted >= enough);
  note(warnings, 'undecided at times', partly);
  note(warnings, 'not seen', notSeen);
  note(warnings, 'not listed by the candidate', missing);
  return { safe: reasons.length === 0, reasons, warnings };
}

const NAMED = 10;

function note(notes: string[], what: string, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const rest = keys.length > NAMED ? ` and ${keys.length - NAMED} more` : '';
  notes.push(`${what}: ${keys.slice(0, NAMED).map(shownKey).join(', ')}${rest}`);
}
