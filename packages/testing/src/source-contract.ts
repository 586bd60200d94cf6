import type { SourceFixture, Timing } from './fixture.ts';
import { sourceTests } from './source-tests.ts';
import type { Divergence } from './suite.ts';
import { suite } from './suite.ts';

/** Options of `sourceContract`. */
export interface SourceContractOptions<Fixture extends SourceFixture = SourceFixture> extends Timing {
  readonly name: string;
  /** A fresh source for each test. What it holds at first is up to it. */
  readonly open: () => Promise<Fixture>;
  readonly divergences?: readonly Divergence[] | undefined;
}

/** Declares, with vitest, the tests that every `FlagSource` passes. What a source cannot do at all is skipped, and told. */
export function sourceContract(options: SourceContractOptions): void {
  const { name, open, divergences = [] } = options;
  suite({ title: `${name} is a source`, open, divergences, tests: sourceTests(options) });
}
