import { WARNING } from '@flagwright/core';
import { printable } from '../printable.ts';
import { callBack } from '../warn.ts';
import { formatSyncEvent, type SyncEvent } from './events.ts';

export type SyncListener = (event: SyncEvent) => void;

/** Tells events to whoever listens. */
export interface Teller {
  tell(event: SyncEvent): void;
  on(listener: SyncListener): () => void;
  clear(): void;
}

/** What nobody would notice otherwise. */
const LOUD: ReadonlySet<SyncEvent['type']> = new Set(['conflict', 'damaged', 'failed', 'rejoining']);

/** A teller whose first listener is the one given; without one, what must not go unnoticed is a process warning. */
export function tellerOf(name: string, first: SyncListener | undefined): Teller {
  const listeners = new Set<SyncListener>();
  const warn: SyncListener = (event) => {
    if (LOUD.has(event.type))
      process.emitWarning(`the gates of ${printable(name)}: ${formatSyncEvent(event)}`, WARNING);
  };
  return {
    tell(event) {
      for (const listener of [first ?? warn, ...listeners]) {
        callBack(`a listener of the gates of ${name}`, () => listener(event));
      }
    },
    on(listener) {
      const own: SyncListener = (event) => listener(event);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    clear: () => listeners.clear(),
  };
}
