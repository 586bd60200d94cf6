import type { Observer, Unsubscribe } from '@flagwright/core';

/** The observers of a source. One that throws is told of in a warning and does not keep the others from their hint. */
export interface Observers {
  add(observer: Observer): Unsubscribe;
  changed(): void;
  clear(): void;
}

/** An empty set of observers. */
export function observers(): Observers {
  const entries = new Set<{ readonly observer: Observer }>();
  return {
    add(observer) {
      // an object of its own, for one observer may subscribe twice
      const entry = { observer };
      entries.add(entry);
      return () => {
        entries.delete(entry);
      };
    },
    changed() {
      for (const entry of [...entries]) {
        if (!entries.has(entry)) continue;
        try {
          entry.observer.changed();
        } catch (thrown) {
          process.emitWarning(`an observer of a flag source threw: ${String(thrown)}`, 'FlagwrightWarning');
        }
      }
    },
    clear() {
      entries.clear();
    },
  };
}
