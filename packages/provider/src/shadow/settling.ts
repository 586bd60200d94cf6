/** What waits to be looked at once more. */
export interface Settling<T> {
  readonly size: number;
  /** Lets something wait; false if too much of this key, or too much at all, is waiting. */
  add(key: string, waiting: T): boolean;
  clear(): void;
}

export interface SettlingOptions<T> {
  /** How long it waits, in ms. */
  readonly after: number;
  readonly limit: number;
  /** So that one key leaves room for others. */
  readonly limitPerKey: number;
  readonly due: (waiting: T) => void;
}

/** Gives things time to settle. Its timers keep no process alive. */
export function settling<T>({ after, limit, limitPerKey, due }: SettlingOptions<T>): Settling<T> {
  const timers = new Set<NodeJS.Timeout>();
  const perKey = new Map<string, number>();

  return {
    get size() {
      return timers.size;
    },
    add(key, waiting) {
      const before = perKey.get(key) ?? 0;
      if (timers.size >= limit || before >= limitPerKey) return false;
      perKey.set(key, before + 1);
      const timer = setTimeout(() => {
        timers.delete(timer);
        const left = perKey.get(key)! - 1;
        if (left === 0) perKey.delete(key);
        else perKey.set(key, left);
        due(waiting);
      }, after);
      timer.unref();
      timers.add(timer);
      return true;
    },
    clear() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      perKey.clear();
    },
  };
}
