import type { Counted } from './tally.ts';

/** Those who had something that is not the default, and do not have it any more. */
export interface Loss {
  /** The number of the outcome. */
  readonly outcome: number;
  /** How many had it. */
  readonly had: number;
  readonly lost: number;
}

/** Those who go from one variant to another, of which neither is the default. */
export interface Swap {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** What growing a share never does: take away from somebody what they had. */
export interface Sticky {
  readonly losses: readonly Loss[];
  readonly swaps: readonly Swap[];
}

/** `resting`: the name of the variant of those that nothing was decided for. */
export function stickyOf({ outcomes, now, moves }: Counted, resting: string | undefined): Sticky {
  const served = (i: number): boolean => {
    const { kind, variant } = outcomes[i]!;
    return kind === 'variant' && variant !== resting;
  };
  const losses: Loss[] = [];
  const swaps: Swap[] = [];
  for (const [from, row] of moves.entries()) {
    if (!served(from)) continue;
    const lost = row.reduce((sum, count, to) => (to === from ? sum : sum + count), 0);
    if (lost > 0) losses.push({ outcome: from, had: now[from]!, lost });
    for (const [to, count] of row.entries())
      if (to !== from && count > 0 && served(to)) swaps.push({ from, to, count });
  }
  return { losses, swaps };
}
