export type {
  LDClient,
  LDClientOptions,
  LDDetail,
  LDFlagsState,
  LDLogger,
  LDReason,
} from './client.ts';
export type { LaunchDarklyOptions } from './options.ts';
export { launchDarklyResolver } from './resolver.ts';
