import { FlagError } from '@flagwright/core';
import type { DeclaresGate } from './declare.ts';
import { type GatesFrom, gatesNow } from './gates-from.ts';

/** The two tiers of a feature: its gate says whether it may be used, and the application whether it is in use. */
export interface FeatureState {
  /** Its gate is open: it may be enabled now. */
  readonly open: boolean;
  /** It is hidden from users: its gate is closed, and it is not enabled. */
  readonly gated: boolean;
  /** The opposite of gated. What was enabled stays to be seen when its gate closes, so that it can be disabled. */
  readonly visible: boolean;
  /** The application says it is on. */
  readonly enabled: boolean;
}

/** Where the two tiers of a feature come from. */
export interface Binding {
  readonly gates: GatesFrom;
  readonly isEnabled: () => boolean;
}

/** By feature, so that features need no field for it. */
const BOUND: WeakMap<object, Binding> = new WeakMap();

/** Tells a feature where it finds its state itself; the last one told counts. */
export function bind(feature: object, binding: Binding): void {
  BOUND.set(feature, binding);
}

/** The state of a feature now, as it knows it. Throws `FlagError('NOT_READY')` if nobody told it of its gates. */
export function featureState(feature: DeclaresGate): FeatureState {
  const { name, declaration } = feature.featureGate;
  const bound = BOUND.get(feature);
  if (bound !== undefined) return boundState(feature, bound);
  if (declaration.stage === 'ga') return { open: true, gated: false, visible: true, enabled: false };
  throw new FlagError('NOT_READY', `the feature ${name} knows of no gates yet; give it to registerFeatures first`);
}

/** The state of a feature now, by these gates. */
export function boundState({ featureGate }: DeclaresGate, { gates, isEnabled }: Binding): FeatureState {
  const open = gatesNow(gates).state(featureGate.name).enabled;
  const enabled = isEnabled();
  return { open, gated: !open && !enabled, visible: open || enabled, enabled };
}
