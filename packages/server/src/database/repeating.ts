/** Work that is done again and again. */
export interface Repeating {
  /** Does it at once, and from then on. */
  start(): void;
  /** Ends it, after the time that is under way. */
  close(): Promise<void>;
}

/**
 * Repeats work, one time after the other: it resolves to how long to wait for the next, in ms, and must not reject.
 * `ended` says whether nothing more is to be begun.
 */
export function repeating(work: (ended: () => boolean) => Promise<number>): Repeating {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let closed = false;

  function run(): void {
    running = work(() => closed).then((wait) => {
      if (!closed) timer = setTimeout(run, wait).unref();
    });
  }

  return {
    start() {
      if (running === undefined && !closed) run();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
