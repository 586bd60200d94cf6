/** How long, in ms, a jump of the wall clock may go unseen. */
const RESYNC = 1_000;

/** How far, in ms, two readings of the difference of both clocks are apart where neither clock was set. */
const READING = 5;

/** A process may be interrupted between two clocks: so often they are read again, and so close, in ms, is close enough. */
const READINGS = 3;
const CLOSE = 1;

let offset = Number.NEGATIVE_INFINITY;
let syncedAt = Number.NEGATIVE_INFINITY;

/**
 * The wall clock, in whole ms since the epoch, at a reading of `performance.now()` taken just now. Looks at the wall clock
 * once a second: reading it costs as much as a small evaluation, and whoever measures a duration has read a clock already.
 *
 * All records of a process are stamped by it, for what is tracked after an evaluation must not seem to come before it. It
 * may be 5 ms off, so that it goes back only where the wall clock was set back, or has drifted that far.
 */
export function wallTime(now: number = performance.now()): number {
  if (now - syncedAt >= RESYNC || now < syncedAt) synchronise(now);
  return Math.floor(offset + now);
}

function synchronise(now: number): void {
  const read = difference();
  if (!(Math.abs(read - offset) <= READING)) offset = read;
  syncedAt = now;
}

function difference(): number {
  let closest = Number.POSITIVE_INFINITY;
  let found = 0;
  for (let i = 0; i < READINGS && closest > CLOSE; i++) {
    const before = performance.now();
    const wall = Date.now();
    const apart = performance.now() - before;
    if (apart >= closest) continue;
    closest = apart;
    found = wall - before;
  }
  return found;
}
