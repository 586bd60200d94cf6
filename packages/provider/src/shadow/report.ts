import type { CandidateStatus } from './candidate.ts';
import type { Entry, FlagComparison, Ledger, Totals } from './ledger.ts';
import type { PendingFacts } from './pending.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** What a shadow has found since it was made or reset: plain JSON, and nothing in it is about a user. */
export interface ShadowReport extends Totals, Verdict {
  readonly primary: string;
  readonly candidate: {
    readonly name: string;
    readonly status: CandidateStatus;
    /** What it last said was wrong with itself, since it was started. */
    readonly error: string | undefined;
  };
  /** In ms since the epoch. */
  readonly since: number;
  /** How often the primary was asked. */
  readonly evaluations: number;
  /** Comparisons that differed, and are waiting for both to be asked again. */
  readonly settling: number;
  /** Evaluations of the sample that are still to be compared for the first time. */
  readonly pending: number;
  /** What was found of each flag that was seen, for the first 10,000 flags with keys of at most 1,000 characters. */
  readonly flags: readonly FlagComparison[];
  /** What was found of all further flags, if there are any. */
  readonly others: FlagComparison | undefined;
  /** Flags that the primary lists, and that were not seen. Empty if there are `others`, which are not told apart. */
  readonly notSeen: readonly string[];
  /** Flags that the primary lists and the candidate does not, if both list theirs. */
  readonly missing: readonly string[];
}

/** What of a report is known before it. */
type Given = 'primary' | 'candidate' | 'since' | 'evaluations' | 'settling';

/** What a report is made of. */
export interface Findings extends Pick<ShadowReport, Given>, PendingFacts {
  readonly ledger: Ledger;
  /** The flags of which something is settling. */
  readonly settlingKeys: readonly string[];
  readonly primaryKeys: readonly string[];
  /** Undefined if the candidate does not list its flags. */
  readonly candidateKeys: readonly string[] | undefined;
  readonly enough: number;
}

/** The report of what was found so far. Later findings do not change it. */
export function reportOf(findings: Findings): ShadowReport {
  const { ledger, settlingKeys, pendingPerFlag, overdue, primaryKeys, candidateKeys, enough, ...rest } = findings;
  const has = new Set(candidateKeys);
  const facts = {
    ...rest,
    ...ledger.totals,
    flags: Array.from(ledger.flags.values(), comparisonOf),
    others: ledger.others === undefined ? undefined : comparisonOf(ledger.others),
    notSeen: ledger.others === undefined ? primaryKeys.filter((key) => !ledger.flags.has(key)) : [],
    missing: candidateKeys === undefined ? [] : primaryKeys.filter((key) => !has.has(key)),
  };
  return { ...facts, ...verdictOf({ ...facts, settlingKeys, pendingPerFlag, overdue }, enough) };
}

function comparisonOf({ toldAt: _, mismatches, ...entry }: Entry): FlagComparison {
  return { ...entry, mismatches: { ...mismatches } };
}
