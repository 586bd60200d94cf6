/** Says when a queue is to be worked off: soon, or when its oldest item has its age. */
export interface Due {
  /** The oldest item came just now. */
  begin(): void;
  /** Whether the oldest item has its age. */
  readonly old: boolean;
  /** Calls when the oldest item has its age. */
  whenOld(): void;
  /** Calls in the next turn: what an exporter does at once must not be done by who evaluates a flag. */
  soon(): void;
  /** Calls no more. */
  stop(): void;
}

/** Calls `work` when the oldest item is `maxAge` ms old; keeps no process alive. */
export function due(maxAge: number, work: () => void): Due {
  /** When the oldest item was added, or before. */
  let since = 0;
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  return {
    begin() {
      since = performance.now();
    },
    get old() {
      return performance.now() - since >= maxAge;
    },
    whenOld() {
      if (timer !== undefined) return;
      timer = setTimeout(
        () => {
          timer = undefined;
          work();
        },
        Math.max(1, since + maxAge - performance.now()),
      );
      timer.unref();
    },
    soon() {
      immediate ??= setImmediate(() => {
        immediate = undefined;
        work();
      });
    },
    stop() {
      clearTimeout(timer);
      clearImmediate(immediate);
    },
  };
}
