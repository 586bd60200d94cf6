/** What differed, and waits to be looked at once more. */
export interface Settling<T> {
  readonly size: number;
  /** Of these there is something. */
  keys(): readonly string[];
  /** Lets something wait, and keeps its place until `done`; false if too much of this key, or at all, has one. */
  add(key: string, waiting: T): boolean;
  /** It was looked at, and has no place any more. */
  done(key: string): void;
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
  let size = 0;

  return {
    get size() {
      return size;
    },
    keys: () => [...perKey.keys()],
    add(key, waiting) {
      const before = perKey.get(key) ?? 0;
      if (size >= limit || before >= limitPerKey) return false;
      perKey.set(key, before + 1);
      size++;
      const timer = setTimeout(() => {
        timers.delete(timer);
        due(waiting);
      }, after);
      timer.unref();
      timers.add(timer);
      return true;
    },
    done(key) {
      const left = perKey.get(key)! - 1;
      if (left === 0) perKey.delete(key);
      else perKey.set(key, left);
      size--;
    },
    clear() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      perKey.clear();
      size = 0;
    },
  };
}
