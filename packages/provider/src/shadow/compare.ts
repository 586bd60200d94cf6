import type { ResolutionDetails } from '@flagwright/core';
import { evaluationOf, jsonEqual } from '@flagwright/core';
import { sameReason } from './reason.ts';

/** What of two answers is compared. */
export type Facet = 'value' | 'variant' | 'reason';

/**
 * How two answers differ. `error`: the candidate failed, or answers with an error where the primary has none; nothing
 * else is compared then.
 */
export type Difference = Facet | 'error';

/** They do not differ. */
export const NONE: readonly Difference[] = Object.freeze([]);
/** The candidate failed. */
export const ERROR: readonly Difference[] = Object.freeze(['error'] as const);

/** How the candidate's answer differs from the primary's; empty if it does not. */
export function differencesOf(
  primary: ResolutionDetails,
  candidate: ResolutionDetails,
  facets: ReadonlySet<Facet>,
): readonly Difference[] {
  if (candidate.errorCode !== undefined && primary.errorCode === undefined) return ERROR;
  const value = facets.has('value') && !jsonEqual(primary.value, candidate.value);
  const variant = facets.has('variant') && !sameVariant(primary, candidate);
  const reason = facets.has('reason') && !sameReason(primary, candidate);
  if (!value && !variant && !reason) return NONE;
  const found: Difference[] = [];
  if (value) found.push('value');
  if (variant) found.push('variant');
  if (reason) found.push('reason');
  return found;
}

/** Whether both serve the same variant: by name, or by position where one of them has no other name for it. */
function sameVariant(primary: ResolutionDetails, candidate: ResolutionDetails): boolean {
  const { variant } = primary;
  // what the primary does not tell, nobody relies on
  if (variant === undefined || variant === candidate.variant) return true;
  if (!isPosition(variant) && candidate.variant !== undefined && !isPosition(candidate.variant)) return false;
  const position = positionOf(primary);
  return position !== undefined && position === positionOf(candidate);
}

const isPosition = (variant: string): boolean => /^\d{1,9}$/.test(variant);

/** The position of the variant in its flag; undefined if it is not told. */
function positionOf({ variant, flagMetadata }: ResolutionDetails): number | undefined {
  const known = evaluationOf(flagMetadata)?.variationIndex ?? flagMetadata?.variationIndex;
  if (typeof known === 'number') return known >= 0 ? known : undefined;
  return variant !== undefined && isPosition(variant) ? Number(variant) : undefined;
}
