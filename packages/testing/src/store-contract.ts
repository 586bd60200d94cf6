import type { FlagStore } from '@flagwright/core';
import type { SourceFixture } from './fixture.ts';
import type { SourceContractOptions } from './source-contract.ts';
import { sourceTests } from './source-tests.ts';
import { storeTests } from './store-tests.ts';
import { suite } from './suite.ts';

/** A store ready to be tested, alone in its world. Without `change`, its own `commit` makes the changes. */
export interface StoreFixture extends SourceFixture {
  readonly source: FlagStore;
}

export type StoreContractOptions = SourceContractOptions<StoreFixture>;

/** Declares, with vitest, the tests that every `FlagStore` passes: those of a source, and what `commit` promises. */
export function storeContract({ open, ...options }: StoreContractOptions): void {
  const { name, divergences = [] } = options;
  suite<StoreFixture>({
    title: `${name} is a store`,
    divergences,
    tests: { ...sourceTests(options), ...storeTests(options) },
    open: async () => {
      const fixture = await open();
      return {
        change: async (edits) => {
          await fixture.source.commit(edits);
        },
        ...fixture,
        close: () => fixture.close(),
      };
    },
  });
}
