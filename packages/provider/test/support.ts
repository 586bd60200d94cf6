import type { FlagDocument, FlagSet, FlagSource, Observer } from '@flagwright/core';
import { FlagError } from '@flagwright/core';

/** A source a test holds in its hand: what it has, whether it is away, whether it hints. */
export interface HandSource extends FlagSource {
  set(document: FlagDocument): void;
  /** Every read fails with this until `mend`. */
  fail(cause: unknown): void;
  mend(): void;
  readonly closed: number;
}

export function handSource(document: FlagDocument): HandSource {
  const observers = new Set<Observer>();
  let current = document;
  let n = 1;
  let failure: unknown;
  let closed = 0;
  const hint = (): void => {
    for (const observer of observers) observer.changed();
  };
  return {
    name: 'hand',
    read: async (): Promise<FlagSet> => {
      if (failure !== undefined) throw failure;
      return { document: current, revision: `hand.${n}` };
    },
    subscribe(observer) {
      observers.add(observer);
      return () => void observers.delete(observer);
    },
    close: async () => {
      closed++;
    },
    set(next) {
      current = next;
      n++;
      hint();
    },
    fail(cause) {
      failure = cause;
      hint();
    },
    mend() {
      failure = undefined;
      hint();
    },
    get closed() {
      return closed;
    },
  };
}

export function refused(): FlagError {
  return new FlagError('UNAVAILABLE', 'connection refused', {
    cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
  });
}
