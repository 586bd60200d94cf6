export type { SourceFixture, StoreFixture, Timing } from './fixture.ts';
export { type ResolverContractOptions, resolverContract } from './resolver-contract.ts';
export { CONTRACT_FLAGS, type ResolverFixture, type ResolverTiming } from './resolver-fixture.ts';
export { type SourceContractOptions, sourceContract } from './source-contract.ts';
export { type StoreContractOptions, storeContract } from './store-contract.ts';
export type { Divergence } from './suite.ts';
