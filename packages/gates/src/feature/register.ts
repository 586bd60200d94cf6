import { FlagError } from '@flagwright/core';
import type { DeclaresGate } from './declare.ts';
import { bind, type FeatureState, featureState } from './feature-state.ts';
import { type GatesFrom, gatesNow } from './gates-from.ts';
import { requireGate } from './hint.ts';

/** A feature, gated or from before there were gates: that one is always to be seen. */
export interface AnyFeature {
  readonly name?: string;
  readonly featureGate?: DeclaresGate['featureGate'];
}

/** The features of a program, with what its gates say of them. */
export interface Features<F extends AnyFeature> {
  readonly gates: GatesFrom;
  /** All of them, as they were given. */
  readonly all: readonly F[];
  /** Those that users see now: for their commands, and for listings. */
  visible(): readonly F[];
  /** Both tiers of a feature now. Throws `FlagError('NOT_FOUND')` for one that is not among these. */
  stateOf(feature: F): FeatureState;
  /** Lets pass who may enable a feature. Throws `FlagError('UNSUPPORTED')` with the hint how to open its gate. */
  require(feature: F): void;
}

/** Options of `registerFeatures`. */
export interface FeatureOptions<F> {
  /** The features that are enabled: the names of their gates, or a function that knows. Default: none. */
  readonly enabled?: ReadonlySet<string> | ((feature: F) => boolean) | undefined;
}

/**
 * Binds features to the gates of their program, so that `isGated` and `isVisible` know what they are.
 *
 * Throws `FlagError('NOT_FOUND')` for a feature whose gate is not declared, and `FlagError('INVALID_ARGUMENT')` for two
 * with one gate.
 */
export function registerFeatures<F extends AnyFeature, N extends string>(
  from: GatesFrom<N>,
  features: readonly F[],
  { enabled = NONE }: FeatureOptions<F> = {},
): Features<F> {
  const gates = from as GatesFrom;
  const isEnabled = (feature: F): boolean =>
    typeof enabled === 'function' ? enabled(feature) : enabled.has(feature.featureGate?.name ?? feature.name ?? '');
  const names = new Set<string>();
  for (const { featureGate } of features) {
    if (featureGate === undefined) continue;
    gatesNow(gates).state(featureGate.name);
    if (names.has(featureGate.name)) {
      throw new FlagError(
        'INVALID_ARGUMENT',
        `two features have the gate ${featureGate.name}; expected one gate for each`,
      );
    }
    names.add(featureGate.name);
  }
  for (const feature of features) {
    if (isGatedFeature(feature)) bind(feature, { gates, isEnabled: () => isEnabled(feature) });
  }
  const known = new Set(features);
  const stateOf = (feature: F): FeatureState => {
    if (!known.has(feature)) throw new FlagError('NOT_FOUND', `the feature ${nameOf(feature)} is not registered here`);
    if (isGatedFeature(feature)) return featureState(feature);
    return { open: true, gated: false, visible: true, enabled: isEnabled(feature) };
  };
  return {
    gates,
    all: [...features],
    visible: () => features.filter((feature) => stateOf(feature).visible),
    stateOf,
    require(feature) {
      if (stateOf(feature).open && !isGatedFeature(feature)) return;
      requireGate(gates, feature.featureGate!.name);
    },
  };
}

const NONE: ReadonlySet<string> = new Set();

function isGatedFeature<F extends AnyFeature>(feature: F): feature is F & DeclaresGate {
  return feature.featureGate !== undefined;
}

function nameOf({ featureGate, name }: AnyFeature): string {
  return featureGate?.name ?? name ?? 'without a name';
}
