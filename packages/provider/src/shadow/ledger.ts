import type { ResolutionDetails } from '@flagwright/core';
import { FlagError, jsonEqual, preview } from '@flagwright/core';
import type { Asked, Question } from './ask.ts';
import type { Difference } from './compare.ts';

/** An answer as a report shows it: what the flag says, nothing of who was asked for. */
export interface ShownAnswer {
  /** As JSON, at most 60 characters; undefined where the answer has none of its own. */
  readonly value: string | undefined;
  readonly variant: string | undefined;
  readonly reason: string | undefined;
  /** The code of the answer, or of the `FlagError` there was instead. */
  readonly errorCode: string | undefined;
}

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
  /** How often both answered, and the answers were compared. */
  readonly compared: number;
  /** In how many of these what differed; one comparison may count in several. */
  readonly mismatches: { readonly value: number; readonly variant: number; readonly reason: number };
  /** How often the candidate failed, or answered with an error where the primary had none. */
  readonly errors: number;
  readonly last: LastMismatch | undefined;
}

/** What is kept of one flag. */
export interface Entry {
  compared: number;
  readonly mismatches: { value: number; variant: number; reason: number };
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
  /** Comparisons that differed at first, and no longer when both were asked again. */
  readonly settled: number;
  /** Evaluations of the sample that were not compared: one of the two was not ready, or too much was waiting. */
  readonly skipped: number;
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
  agreed(key: string, settled: boolean): void;
  /** They are not; returns the entry. */
  differed(
    question: Question,
    differences: readonly Difference[],
    primary: ResolutionDetails,
    candidate: Asked,
    at: number,
  ): Entry;
  /** Neither has such a flag. Callers can ask for any key, so none is remembered. */
  unheardOf(): void;
  /** The candidate failed, and not over a flag that is known to be one. */
  fail(): void;
  skip(): void;
}

/** A new ledger, with an entry each for as many flags as `limit` says. */
export function ledger(limit: number): Ledger {
  const flags = new Map<string, Entry>();
  let others: Entry | undefined;
  const totals = { compared: 0, mismatched: 0, settled: 0, skipped: 0, candidateErrors: 0, unknown: 0 };

  function entryOf(key: string): Entry {
    let entry = flags.get(key);
    if (entry === undefined) {
      if (flags.size >= limit) {
        others ??= emptyEntry();
        return others;
      }
      entry = emptyEntry();
      flags.set(key, entry);
    }
    return entry;
  }

  return {
    flags,
    get others() {
      return others;
    },
    totals,
    agreed(key, settled) {
      totals.compared++;
      if (settled) totals.settled++;
      entryOf(key).compared++;
    },
    differed({ key, fallback }, differences, primary, candidate, at) {
      const entry = entryOf(key);
      if (differences.includes('error')) {
        totals.candidateErrors++;
        entry.errors++;
      } else {
        totals.compared++;
        totals.mismatched++;
        entry.compared++;
        for (const difference of differences) if (difference !== 'error') entry.mismatches[difference]++;
      }
      entry.last = { at, differences, primary: shown(primary, fallback), candidate: shown(candidate, fallback) };
      return entry;
    },
    unheardOf() {
      totals.unknown++;
    },
    fail() {
      totals.candidateErrors++;
    },
    skip() {
      totals.skipped++;
    },
  };
}

const emptyEntry = (): Entry => ({
  compared: 0,
  mismatches: { value: 0, variant: 0, reason: 0 },
  errors: 0,
  last: undefined,
  toldAt: undefined,
});

function shown(asked: Asked, fallback: unknown): ShownAnswer {
  if (asked instanceof FlagError) {
    return { value: undefined, variant: undefined, reason: undefined, errorCode: asked.code };
  }
  const { value, variant, reason, errorCode } = asked;
  // the caller's default may be about a user; true and false are about nobody, and what has a variant is the flag's own
  const known = variant !== undefined || typeof value === 'boolean' || !jsonEqual(value, fallback);
  const own = errorCode === undefined && known;
  return { value: own ? preview(value) : undefined, variant, reason, errorCode };
}
