import { within } from '../database/within.ts';

/** Ends a part; it has `left` ms, and is waited for no longer. */
export type Closer = (left: number) => unknown;

/** How to close what was opened. */
export interface Closers {
  add(close: Closer): void;
  /** Closes all, each once, the last first, within `patience` ms together; what fails, or takes too long, holds up nobody. */
  close(patience: number): Promise<void>;
}

/** What takes no time may still end when there is none left, in ms. */
const LEAST = 50;

/** What a server consists of, to be closed together. */
export function closers(): Closers {
  const all: Closer[] = [];
  return {
    add: (close) => void all.push(close),
    async close(patience) {
      const deadline = performance.now() + patience;
      for (const close of all.splice(0).reverse()) {
        const left = Math.max(LEAST, deadline - performance.now());
        const closing = (async () => close(left))();
        await within(closing, left, 'a part has not ended').catch(() => undefined);
      }
    },
  };
}
