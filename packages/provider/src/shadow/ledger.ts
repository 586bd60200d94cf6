import type { Answer, Asked } from './answer.ts';
import type { Question } from './ask.ts';
import type { Difference } from './compare.ts';
import { type ShownAnswer, shown } from './shown-answer.ts';

/** The newest mismatch of a flag. */
export interface LastMismatch {
  /** In ms since the epoch. */
  readonly at: number;
  readonly differences: readonly Difference[];
  readonly primary: ShownAnswer;
  readonly candidate: ShownAnswer;
}

/** What was found of one flag. */
export interface FlagComparison {
  readonly key: string;
  /** How often both answered, and the answers were compared. */
  readonly compared: number;
  /** Of these, how many count for `enough`: the primary had no error, and nothing was left undecided since. */
  readonly counted: number;
  /** In how many of the comparisons what differed; one comparison may count in several. */
  readonly mismatches: { readonly value: number; readonly variant: number; readonly reason: number };
  /** How many of the comparisons differed only at first, or in the value only at first. */
  readonly settled: number;
  /** In how many of the comparisons the primary answered with an error. */
  readonly primaryErrors: number;
  /** Evaluations of the sample that were not looked at: the candidate was not running, or too much was waiting. */
  readonly skipped: number;
  /** Evaluations of the sample that were looked at, and nobody can say whether the two differ. */
  readonly undecided: number;
  /** How often the candidate failed, or answered with an error where the primary had none. */
  readonly errors: number;
  readonly last: LastMismatch | undefined;
}

/** What is kept of one flag. */
export interface Entry {
  readonly key: string;
  compared: number;
  counted: number;
  readonly mismatches: { value: number; variant: number; reason: number };
  settled: number;
  primaryErrors: number;
  skipped: number;
  undecided: number;
  errors: number;
  last: LastMismatch | undefined;
  /** When `onMismatch` was told last, in ms since the epoch. */
  toldAt: number | undefined;
}

/** Counts over all flags. */
export interface Totals {
  /** Comparisons of two answers. */
  readonly compared: number;
  /** Comparisons that differed in something, and still did when both were asked again. */
  readonly mismatched: number;
  /** Comparisons that differed at first, in anything or in the value, and no longer when both were asked again. */
  readonly settled: number;
  /** Evaluations of the sample that were not looked at: one of the two was not ready, or too much was waiting. */
  readonly skipped: number;
  /**
   * Evaluations of the sample that were looked at, and nobody can say whether the two differ: a difference that could
   * not be looked at once more, a primary that failed, or what cannot be copied.
   */
  readonly undecided: number;
  /** How often the candidate failed, or answered with an error where the primary had none. */
  readonly candidateErrors: number;
  /** Evaluations of the sample that asked for flags neither of the two has. */
  readonly unknown: number;
}

/** What was found, since it was begun. */
export interface Ledger {
  readonly flags: ReadonlyMap<string, Entry>;
  /** What there was no room for by name. */
  readonly others: Entry | undefined;
  readonly totals: Totals;
  /** Two answers are the same, if need be `settled`, when asked again. */
  agreed(key: string, primary: Answer, settled: boolean): void;
  /** A value differed at first, and no longer; what else differs still is counted by itself. */
  settle(key: string): void;
  /** They are not; returns the entry. */
  differed(
    question: Question,
    differences: readonly Difference[],
    primary: Answer,
    candidate: Asked,
    at: number,
  ): Entry;
  /** Neither has such a flag. Callers can ask for any key, so none is remembered. */
  unheardOf(): void;
  /** The candidate failed, and not over a flag that is known to be one. */
  fail(): void;
  /** An evaluation was not looked at; the key is undefined if it may be of no flag. */
  skip(key: string | undefined): void;
  /** Of an evaluation nobody can say whether the two differ. */
  leave(key: string): void;
}

/** A longer key has no entry of its own. */
const KEY = 1_000;

/** How the further ones are called. */
const OTHERS = '(further flags)';

/** A new ledger, with an entry each for as many flags as `limit` says. */
export function ledger(limit: number): Ledger {
  const flags = new Map<string, Entry>();
  let others: Entry | undefined;
  const totals = { compared: 0, mismatched: 0, settled: 0, skipped: 0, undecided: 0, candidateErrors: 0, unknown: 0 };

  function entryOf(key: string): Entry {
    let entry = flags.get(key);
    if (entry === undefined) {
      if (flags.size >= limit || key.length > KEY) {
        others ??= emptyEntry(OTHERS);
        return others;
      }
      entry = emptyEntry(key);
      flags.set(key, entry);
    }
    return entry;
  }

  /** The entry of a flag of which two answers were compared. */
  function compared(key: string, { errorCode }: Answer): Entry {
    const entry = entryOf(key);
    totals.compared++;
    entry.compared++;
    // an error vouches for nothing, whatever the candidate answers
    if (errorCode === undefined) entry.counted++;
    else entry.primaryErrors++;
    return entry;
  }

  function settle(key: string): void {
    totals.settled++;
    entryOf(key).settled++;
  }

  return {
    flags,
    get others() {
      return others;
    },
    totals,
    agreed(key, primary, settled) {
      compared(key, primary);
      if (settled) settle(key);
    },
    settle,
    differed({ key, fallback }, differences, primary, candidate, at) {
      const failed = differences.includes('error');
      const last = { at, differences, primary: shown(primary, fallback), candidate: shown(candidate, fallback) };
      const entry = failed ? entryOf(key) : compared(key, primary);
      if (failed) {
        totals.candidateErrors++;
        entry.errors++;
      } else {
        totals.mismatched++;
        for (const difference of differences) if (difference !== 'error') entry.mismatches[difference]++;
      }
      entry.last = last;
      return entry;
    },
    unheardOf() {
      totals.unknown++;
    },
    fail() {
      totals.candidateErrors++;
    },
    skip(key) {
      totals.skipped++;
      if (key !== undefined) entryOf(key).skipped++;
    },
    leave(key) {
      totals.undecided++;
      const entry = entryOf(key);
      entry.undecided++;
      entry.counted = 0;
    },
  };
}

const emptyEntry = (key: string): Entry => ({
  key,
  compared: 0,
  counted: 0,
  mismatches: { value: 0, variant: 0, reason: 0 },
  settled: 0,
  primaryErrors: 0,
  skipped: 0,
  undecided: 0,
  errors: 0,
  last: undefined,
  toldAt: undefined,
});
