export { type BothWaysOptions, bothWays, eachWay, type GateWay } from './both-ways.ts';
export { type GateOverrides, type OverrideOptions, overrideGates, withGates } from './override.ts';
export { type ResetOptions, resetFeatures } from './reset-features.ts';
