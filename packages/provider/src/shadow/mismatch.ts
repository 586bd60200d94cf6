import type { EvaluationContext, FlagError, ResolutionDetails, ResolvedType } from '@flagwright/core';
import { warnThrown } from '@flagwright/core';
import { errorOf } from './answer.ts';
import type { Difference } from './compare.ts';
import { looselyAwaited } from './waiting.ts';

/** Two resolvers that answer differently, as told to `onMismatch`. */
export interface Mismatch {
  readonly key: string;
  readonly type: ResolvedType;
  /** A copy of what was asked with. It is about a user: mind where it goes. */
  readonly context: EvaluationContext;
  readonly differences: readonly Difference[];
  /** A frozen copy, as is the candidate's. */
  readonly primary: ResolutionDetails;
  /** Undefined if the candidate failed. */
  readonly candidate: ResolutionDetails | undefined;
  /** Why the candidate gave no answer: `UNAVAILABLE` if it did not in time. */
  readonly cause: FlagError | undefined;
  /** When it was found, in ms since the epoch. */
  readonly at: number;
}

/** The least time between two mismatches of one flag that are told, in ms. */
const PAUSE = 1_000;

/** Tells of mismatches, of each flag at most once a second. `told` remembers when. */
export function tell(
  onMismatch: ((mismatch: Mismatch) => void) | undefined,
  told: { toldAt: number | undefined },
  mismatch: Mismatch,
): void {
  if (onMismatch === undefined) return;
  const since = mismatch.at - (told.toldAt ?? Number.NEGATIVE_INFINITY);
  // a clock that was set back must not silence a flag
  if (since >= 0 && since < PAUSE) return;
  told.toldAt = mismatch.at;
  Object.freeze(mismatch.primary);
  Object.freeze(mismatch.candidate);
  const warn = (thrown: unknown): void => warnThrown('onMismatch of a shadow', errorOf(thrown));
  void looselyAwaited((async (): Promise<unknown> => onMismatch(mismatch))(), warn);
}
