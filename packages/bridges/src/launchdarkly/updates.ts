/** Flags that were told one by one, to be told together. */
export interface Updates {
  add(key: string, tell: boolean): void;
  /** Tells what there is, on the next turn. */
  tell(): void;
}

/** Gathers what comes within a turn of the event loop, or while `tell` is still at work. */
export function updates(tell: (keys: readonly string[]) => Promise<void>): Updates {
  const gathered = new Set<string>();
  let telling = false;

  async function tellAll(): Promise<void> {
    while (gathered.size > 0) {
      const keys = [...gathered];
      gathered.clear();
      await tell(keys);
    }
    telling = false;
  }

  const soon = (): void => {
    if (telling || gathered.size === 0) return;
    telling = true;
    setImmediate(() => void tellAll());
  };
  return {
    add(key, now) {
      gathered.add(key);
      if (now) soon();
    },
    tell: soon,
  };
}
