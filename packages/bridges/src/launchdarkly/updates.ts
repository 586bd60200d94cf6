/** Flags that were told one by one, to be told together. */
export interface Updates {
  add(key: string, tell: boolean): void;
  /** Tells what there is, on the next turn. */
  tell(): void;
}

/** Gathers what comes within a turn of the event loop. */
export function updates(tell: (keys: readonly string[]) => void): Updates {
  const gathered = new Set<string>();
  let coming = false;

  const soon = (): void => {
    if (coming || gathered.size === 0) return;
    coming = true;
    setImmediate(() => {
      coming = false;
      const keys = [...gathered];
      gathered.clear();
      tell(keys);
    });
  };
  return {
    add(key, now) {
      gathered.add(key);
      if (now) soon();
    },
    tell: soon,
  };
}
