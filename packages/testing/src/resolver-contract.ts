import type { ResolverFixture, ResolverTiming } from './resolver-fixture.ts';
import { resolverTests } from './resolver-tests.ts';
import type { Divergence } from './suite.ts';
import { suite } from './suite.ts';

/** Options of `resolverContract`. */
export interface ResolverContractOptions extends ResolverTiming {
  readonly name: string;
  /** A fresh resolver for each test, not started, over a backend that has `CONTRACT_FLAGS`. */
  readonly open: () => Promise<ResolverFixture>;
  readonly divergences?: readonly Divergence[] | undefined;
}

/**
 * Declares, with vitest, the tests that every `Resolver` passes. What a resolver cannot do at all, or its fixture cannot
 * do to it, is skipped, and told.
 */
export function resolverContract(options: ResolverContractOptions): void {
  const { name, open, divergences = [], startWithin = 5_000, eventWithin = 5_000 } = options;
  const timeout = 10_000 + 3 * startWithin + 6 * eventWithin;
  suite({ title: `${name} is a resolver`, open, divergences, tests: resolverTests(options), timeout });
}
