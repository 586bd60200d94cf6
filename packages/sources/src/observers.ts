import type { Observer, Unsubscribe } from '@flagwright/core';

/** The observers of a source. One that throws is told of in a warning and does not keep the others from their hint. */
export interface Observers {
  add(observer: Observer): Unsubscribe;
  changed(): void;
  /** Tells that no more hints will come. */
  failed(cause: unknown): void;
  clear(): void;
}

// an object of its own, for one observer may subscribe twice
interface Entry {
  readonly observer: Observer;
}

/** An empty set of observers. */
export function observers(): Observers {
  const entries = new Set<Entry>();
  const tell = (how: (entry: Entry) => void): void => {
    for (const entry of [...entries]) {
      if (!entries.has(entry)) continue;
      try {
        how(entry);
      } catch (thrown) {
        process.emitWarning(`an observer of a flag source threw: ${String(thrown)}`, 'FlagwrightWarning');
      }
    }
  };
  return {
    add(observer) {
      const entry = { observer };
      entries.add(entry);
      return () => {
        entries.delete(entry);
      };
    },
    changed: () => tell(({ observer }) => observer.changed()),
    failed: (cause) => tell(({ observer }) => observer.failed(cause)),
    clear() {
      entries.clear();
    },
  };
}
