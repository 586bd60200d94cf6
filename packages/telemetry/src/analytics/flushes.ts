/** Those who wait for a queue to be flushed, in the order in which they came. */
export interface Flushes {
  /** How many wait. */
  readonly size: number;
  /** Resolves when it is ended, or after so many ms: until then the process is kept alive, for somebody waits. */
  add(upTo: number, ms: number): Promise<void>;
  /** Those who wait for nothing beyond the so-many-th item; each is to be called when that is flushed. */
  upTo(reached: number): readonly (() => void)[];
}

/** Nobody waits yet. Each of them must wait for no less than the one before. */
export function flushes(): Flushes {
  const waiting = new Map<() => void, number>();
  return {
    get size() {
      return waiting.size;
    },
    add: (upTo, ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(done, ms);
        function done(): void {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
        waiting.set(done, upTo);
      }),
    upTo(reached) {
      const ready: (() => void)[] = [];
      for (const [done, upTo] of waiting) {
        if (upTo > reached) break;
        ready.push(done);
      }
      return ready;
    },
  };
}
