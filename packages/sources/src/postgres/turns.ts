/** Lets in a few at a time, in the order in which they come. */
export interface Turns {
  /** Resolves to how to leave, once there is room; whoever gives up waiting must still leave when it resolves. */
  enter(): Promise<() => void>;
}

/** Turns for `most` at a time. */
export function turns(most: number): Turns {
  const waiting: ((leave: () => void) => void)[] = [];
  let inside = 0;
  const admit = (): void => {
    while (inside < most && waiting.length > 0) {
      inside++;
      let left = false;
      waiting.shift()!(() => {
        if (left) return;
        left = true;
        inside--;
        admit();
      });
    }
  };
  return {
    enter: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        admit();
      }),
  };
}
