import type { FlagError, Unsubscribe } from '@flagwright/core';

/** The subscriptions of one source, which end with it. */
export interface Subscriptions {
  /** Keeps one until it is ended. If the source is closed by now it ends at once, and this throws. */
  add(stop: Unsubscribe): Promise<Unsubscribe>;
  /** Ends all. */
  close(): Promise<void>;
}

/** No subscriptions yet; `closed` makes the error for one that comes after the end. */
export function subscriptions(closed: () => FlagError): Subscriptions {
  const open = new Set<Unsubscribe>();
  let over = false;
  return {
    async add(stop) {
      const unsubscribe = async (): Promise<void> => {
        open.delete(unsubscribe);
        await stop();
      };
      open.add(unsubscribe);
      if (!over) return unsubscribe;
      await unsubscribe();
      throw closed();
    },
    async close() {
      over = true;
      await Promise.all([...open].map((unsubscribe) => unsubscribe()));
    },
  };
}
