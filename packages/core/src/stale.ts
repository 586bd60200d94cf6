import { FlagError } from './error.ts';
import type { FollowEvent } from './follower.ts';
import type { Snapshot } from './snapshot.ts';
import type { FlagSet } from './source.ts';

/** Whether two copies say the same of their origin. */
export function sameStale(a: FlagSet['stale'], b: FlagSet['stale']): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.since !== b.since) return false;
  const [one, other] = [FlagError.from(a.cause), FlagError.from(b.cause)];
  return one.code === other.code && one.message === other.message && one.retryAfter === other.retryAfter;
}

/** Tells whether the flags are up to date, as far as that is news. */
export interface StaleTeller {
  stale(snapshot: Snapshot, since: number, cause: FlagError): void;
  fresh(snapshot: Snapshot): void;
}

/** A teller that says `stale` once, and again when a document that cannot be used has another fault; then `recovered`. */
export function staleTeller(emit: (event: FollowEvent) => void): StaleTeller {
  let told = false;
  let fault: string | undefined;
  return {
    stale(snapshot, since, cause) {
      const another = cause.code === 'PARSE_ERROR' && cause.message !== fault;
      if (cause.code === 'PARSE_ERROR') fault = cause.message;
      if (told && !another) return;
      told = true;
      emit({ type: 'stale', snapshot, since, cause });
    },
    fresh(snapshot) {
      fault = undefined;
      if (!told) return;
      told = false;
      emit({ type: 'recovered', snapshot });
    },
  };
}
