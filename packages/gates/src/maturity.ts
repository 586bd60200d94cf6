/**
 * How far a feature has come: `alpha` (experimental), `beta` (may be relied on, may be switched off), `ga` (for
 * everybody), `deprecated` (will go), `removed` (only the name is left, for documentation and old configurations).
 */
export type Maturity = 'alpha' | 'beta' | 'ga' | 'deprecated' | 'removed';

/** Where a gate stands in the running version; `prealpha`: before the first version of its history. */
export type Stage = Maturity | 'prealpha';

export const MATURITIES: readonly Maturity[] = Object.freeze(['alpha', 'beta', 'ga', 'deprecated', 'removed']);

/** Release channels, as snaps have them: each says which stages are on unless a gate says so itself. */
export type Channel = 'edge' | 'beta' | 'candidate' | 'stable';

/** The stages that are on by default: a candidate has what the stable release will have. */
export const ON_IN: Readonly<Record<Channel, ReadonlySet<Stage>>> = {
  edge: new Set<Stage>(['alpha', 'beta', 'ga']),
  beta: new Set<Stage>(['beta', 'ga']),
  candidate: new Set<Stage>(['ga']),
  stable: new Set<Stage>(['ga']),
};

/** The default of a gate that leaves it open; without a channel as in Kubernetes: alpha off, beta and GA on. */
export function defaultOf(stage: Stage, channel: Channel | undefined): boolean {
  return ON_IN[channel ?? 'beta'].has(stage);
}

/** How stable a stage is; a gate may require only what is as stable as itself. */
export const STABILITY: Readonly<Record<Stage, number>> = {
  prealpha: 0,
  alpha: 1,
  beta: 2,
  ga: 3,
  deprecated: 0,
  removed: 0,
};

/** The stage as Kubernetes writes it. */
export const STAGE_WORD: Readonly<Record<Stage, string>> = {
  prealpha: 'PRE-ALPHA',
  alpha: 'ALPHA',
  beta: 'BETA',
  ga: 'GA',
  deprecated: 'DEPRECATED',
  removed: 'REMOVED',
};
