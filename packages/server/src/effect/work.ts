/** Thrown where more would be done than is allowed; the message says what there was too much of. */
export class Stopped extends Error {}

/** What may be done to find an effect. */
export interface Work {
  /** To be told before something is done, in units of about 25 ns. Throws `Stopped` if that is more than is left. */
  spend(units: number): void;
  /** What may be spent from now on, whatever was spent before. */
  limit(units: number, ms: number): void;
}

/** What this process has used of processors, in ms: unlike the time of day, others do not use it up. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** The clock is looked at no more often, in units. */
const GLANCE = 5_000;

/**
 * Bounds how long the search for an effect keeps everybody else waiting, once it is told a limit. It is by `units`, so that the same change has the
 * same effect wherever it is worked out; `ms` of processor time are for what units cannot foresee, as expressions that loop.
 */
export function createWork(clock: () => number = processorTime): Work {
  let left = Number.POSITIVE_INFINITY;
  let until = Number.POSITIVE_INFINITY;
  let unseen = 0;
  return {
    spend(units) {
      left -= units;
      if (left < 0) throw new Stopped('there is too much to look at');
      unseen += units;
      if (unseen < GLANCE) return;
      unseen = 0;
      if (clock() > until) throw new Stopped('it takes too long to look at');
    },
    limit(units, ms) {
      left = units;
      until = clock() + ms;
    },
  };
}
