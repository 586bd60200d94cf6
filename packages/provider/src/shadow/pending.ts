/** An evaluation of the sample that is still to be compared for the first time. */
export interface Pending {
  /** Undefined as long as it may be of no flag. */
  flag: string | undefined;
  /** The candidate was asked, and has not answered. */
  asked: boolean;
  /** By `performance.now`. */
  readonly since: number;
}

/** What is pending, as a report tells it. */
export interface PendingFacts {
  readonly pending: number;
  /** The same of each flag. */
  readonly pendingPerFlag: ReadonlyMap<string, number>;
  /** The flags of which something is pending for too long. */
  readonly overdue: readonly string[];
}

/** What may be of no flag. */
const UNTOLD = '(perhaps no flag)';

/** `patience`: how long something may be pending, in ms. */
export function pendingFacts(all: ReadonlySet<Pending>, patience: number): PendingFacts {
  const pendingPerFlag = new Map<string, number>();
  const overdue = new Set<string>();
  const then = performance.now() - patience;
  for (const { flag, since } of all) {
    if (flag !== undefined) pendingPerFlag.set(flag, (pendingPerFlag.get(flag) ?? 0) + 1);
    if (since < then) overdue.add(flag ?? UNTOLD);
  }
  return { pending: all.size, pendingPerFlag, overdue: [...overdue] };
}
