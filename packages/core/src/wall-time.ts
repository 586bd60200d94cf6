/** How long, in ms, a jump of the wall clock may go unseen. */
const RESYNC = 1_000;

let offset = 0;
let syncedAt = Number.NEGATIVE_INFINITY;

/**
 * The wall clock, in whole ms since the epoch, at a reading of `performance.now()` taken just now. Looks at the wall clock
 * once a second: reading it costs as much as a small evaluation, and whoever measures a duration has read a clock already.
 */
export function wallTime(now: number): number {
  if (now - syncedAt >= RESYNC || now < syncedAt) synchronise(now);
  return Math.floor(offset + now);
}

function synchronise(now: number): void {
  offset = Date.now() - now;
  syncedAt = now;
}
