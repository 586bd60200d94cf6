import type { FeatureApi } from '../api/create-features.ts';
import type { Mode } from '../api/feature.ts';
import { RESETS } from '../api/resets.ts';
import { sharedFeatures } from '../api/shared.ts';

export interface ResetOptions {
  /** Whose. Default: those that the functions of `@flagwright/gates/api` read and write. */
  readonly features?: FeatureApi | undefined;
  /** `user`: what is declared stays, as in a library that declares its features where it is loaded. Default: all. */
  readonly only?: Extract<Mode, 'user'> | undefined;
}

/** Makes features of `@flagwright/gates/api` be set by nobody, and warnings untold. Gates given to them stay declared. */
export function resetFeatures({ features = sharedFeatures(), only }: ResetOptions = {}): void {
  RESETS.get(features)?.(only);
}
