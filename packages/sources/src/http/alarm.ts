/** A timer that rings unless it is put off. It keeps no process alive. */
export interface Alarm {
  /** Counts from now, `ms` or as long as before. After `stop` too. */
  restart(ms?: number): void;
  stop(): void;
}

/** An alarm that has started: `ring` is told after how many ms. */
export function alarm(ms: number, ring: (ms: number) => void): Alarm {
  let length = ms;
  let timer: NodeJS.Timeout | undefined;
  const start = (): void => {
    timer = setTimeout(() => ring(length), length);
    timer.unref();
  };
  start();
  return {
    restart(next = length) {
      // put off at every chunk of a body: the timer is kept where its length stays
      if (timer !== undefined && next === length) timer.refresh();
      else {
        clearTimeout(timer);
        length = next;
        start();
      }
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
