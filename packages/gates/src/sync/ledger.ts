import { type Baseline, formatMemory, type Memory } from './baseline.ts';

/** What a node remembers, and the place where that is written down. */
export interface Ledger {
  readonly memory: Memory;
  /** Writes it down, if it is not what was written last. */
  write(memory: Memory): Promise<void>;
}

/** A ledger that begins with what the baseline held. */
export function ledgerOf(baseline: Baseline, memory: Memory): Ledger {
  let current = memory;
  let written = formatMemory(memory);
  return {
    get memory() {
      return current;
    },
    async write(next) {
      const text = formatMemory(next);
      if (text !== written) {
        await baseline.save(next);
        written = text;
      }
      current = next;
    },
  };
}
