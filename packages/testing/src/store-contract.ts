import type { StoreFixture } from './fixture.ts';
import type { SourceContractOptions } from './source-contract.ts';
import { sourceTests } from './source-tests.ts';
import { storeTests } from './store-tests.ts';
import { suite } from './suite.ts';

/** Options of `storeContract`. */
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
