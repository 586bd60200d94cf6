import { serve } from './calls.ts';
import { firstEdits } from './flags.ts';
import { randomOf } from './random.ts';
import { type Opened, openStore, type StoreSpec } from './stores.ts';
import { type Ledger, type Mode, type Writer, writerOf } from './writer.ts';

// A process of some writers, each with a store and connections of its own.

let opened: readonly Opened[] = [];
let writers: readonly Writer[] = [];
const warnings: string[] = [];

process.on('warning', ({ name, message }) => void warnings.push(`${name}: ${message}`));

/** What the process tells of its writers and of itself. */
export interface WritersTestimony {
  readonly ledgers: readonly Ledger[];
  readonly warnings: readonly string[];
}

const calls = {
  /** Makes the first flags, and the writers. */
  async open(specs: readonly StoreSpec[], seed: string): Promise<void> {
    opened = specs.map(openStore);
    await opened[0]!.store.commit(firstEdits(specs.length), 'the first');
    writers = opened.map(({ store }, i) => writerOf(store, i, randomOf(`${seed} writer ${i}`)));
  },
  go(mode: Mode): void {
    for (const writer of writers) writer.go(mode);
  },
  async hold(): Promise<void> {
    await Promise.all(writers.map((writer) => writer.hold()));
  },
  async settle(): Promise<void> {
    await Promise.all(writers.map((writer) => writer.settle()));
  },
  poke: (key: string, value: number): Promise<void> => writers[0]!.poke(key, value),
  testimony: (): WritersTestimony => ({ ledgers: writers.map(({ ledger }) => ledger), warnings }),
  async close(): Promise<void> {
    await Promise.all(opened.map(({ store }) => store.close?.()));
    await Promise.all(opened.map(({ end }) => end()));
  },
};

export type WritersCalls = typeof calls;

/** Begins to answer. */
export function start(): void {
  serve(calls);
}
