/** Now, in ms, on the clock that does not jump: one for all processes of a machine, on Linux, macOS and Windows alike. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

const TRIES = 20;

/**
 * Proves that another process has the same clock: what it says lies between asking and hearing it. Returns how long the
 * quickest answer took, in ms, which is how far apart the two could be at most.
 */
export async function proveClock(worker) {
  let quickest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES; i++) {
    const asked = now();
    const said = await worker.ask('now');
    const heard = now();
    if (said < asked || said > heard) {
      throw new Error(`two processes have two clocks: asked at ${asked} ms, heard at ${heard} ms, but it said ${said}`);
    }
    quickest = Math.min(quickest, heard - asked);
  }
  return quickest;
}
