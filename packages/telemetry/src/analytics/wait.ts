/** A pause that can be cut short. */
export interface Wait {
  /** Resolves when the pause is over. */
  readonly over: Promise<void>;
  /** Ends it within so many ms from now. */
  atMost(ms: number): void;
  end(): void;
}

/** Pauses for a time, in ms, without keeping the process alive. */
export function wait(ms: number): Wait {
  let end!: () => void;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  let until = performance.now() + ms;
  let timer = setTimeout(end, ms);
  timer.unref();
  return {
    over,
    atMost(most) {
      const sooner = performance.now() + most;
      if (sooner >= until) return;
      until = sooner;
      clearTimeout(timer);
      timer = setTimeout(end, Math.max(0, most));
      timer.unref();
    },
    end() {
      clearTimeout(timer);
      end();
    },
  };
}
