export {
  type DeclaresGate,
  type FeatureGate,
  type FeatureSpec,
  featureGates,
  type GateNameOf,
} from './declare.ts';
export type { FeatureState } from './feature-state.ts';
export { type FeatureBase, type Gated, type GatedClass, gated, type LegacySpec, legacyFeature } from './gated.ts';
export type { GatesFrom } from './gates-from.ts';
export { enableHint, type HintOf, requireGate } from './hint.ts';
export { type FeatureOptions, type Features, registerFeatures } from './register.ts';
