import type { FlagSource, Follower } from '@flagwright/core';
import type { Provider } from '@openfeature/server-sdk';
import type { ProviderOptions } from './provider.ts';
import { createProvider } from './provider.ts';
import type { SourceResolverOptions } from './source-resolver.ts';
import { sourceResolver } from './source-resolver.ts';

export { createProvider, type ProviderOptions } from './provider.ts';
export * from './shadow/index.ts';
export { type SourceResolverOptions, sourceResolver } from './source-resolver.ts';
export { type SwitchingOptions, type SwitchingResolver, type SwitchOptions, switching } from './switching.ts';

/** The OpenFeature provider over a source: `OpenFeature.setProvider(flagProvider(fileSource({ path })))`. */
export function flagProvider(
  source: FlagSource | (() => FlagSource) | Follower,
  options: ProviderOptions & SourceResolverOptions = {},
): Provider {
  return createProvider(sourceResolver(source, options), options);
}
