export { type ClusterGate, type ClusterGates, clusterDefinition, clusterGates } from './cluster.ts';
export {
  type CompareOptions,
  compareSnapshot,
  type GateDifference,
  type SkewPolicy,
  type SnapshotComparison,
} from './compare-snapshot.ts';
export type { GateDeclaration, GateDeclarations, GateSpec, ProgramOptions } from './declaration.ts';
export {
  type DeclaresGate,
  enableHint,
  type FeatureBase,
  type FeatureGate,
  type FeatureOptions,
  type FeatureSpec,
  type FeatureState,
  type Features,
  featureGates,
  type Gated,
  type GatedClass,
  type GateNameOf,
  type GatesFrom,
  gated,
  type HintOf,
  type LegacySpec,
  legacyFeature,
  registerFeatures,
  requireGate,
} from './feature/index.ts';
export { followLocal, type LocalFollower, type LocalHealth, type LocalOptions } from './follow-local.ts';
export { defineGates, type Gates } from './gates.ts';
export { type GateArgs, gatesFromArgs } from './input/args.ts';
export { type Environment, gatesFromEnv } from './input/env.ts';
export { envNameOf, envNamesOf } from './input/env-names.ts';
export {
  FLAG_NAMES,
  type GateFlagNames,
  type GateFlagOptions,
  type GateFlags,
  type GateSpelling,
  layerFromFlags,
} from './input/flags.ts';
export { parseFeatures, parseGateList, parseGateNames } from './input/list.ts';
export { type GateSetting, LAYERS, type Layer, type LayerName, layer } from './layer.ts';
export {
  type ClusteredGates,
  type ClusterHealth,
  type ClusterOptions,
  type GatesListener,
  type LiveGates,
  liveGates,
} from './live.ts';
export { type Channel, MATURITIES, type Maturity, type Stage } from './maturity.ts';
export { gateKey, gateName } from './names.ts';
export {
  type GatesSnapshot,
  parseSnapshot,
  type SnapshotGate,
  type SnapshotOptions,
  snapshot,
  type VersionRequirement,
} from './snapshot.ts';
export { type GateSourceOptions, gateSource } from './source.ts';
export type { GateState } from './state.ts';
