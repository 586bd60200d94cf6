import { FlagError } from '@flagwright/core';
import type { DeclaresGate } from './declare.ts';
import { bind, boundState, type FeatureState } from './feature-state.ts';
import { type GatesFrom, gatesNow } from './gates-from.ts';
import { requireGate } from './hint.ts';

/** What may be known of a feature: one from before there were gates has no gate, and is always to be seen. */
interface Known {
  readonly name?: unknown;
  readonly backendType?: unknown;
  readonly featureGate?: DeclaresGate['featureGate'];
}

/** The features of a program, with what its gates say of them. */
export interface Features<F extends object> {
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
 * Binds features to the gates of their program, so that `isGated` and `isVisible` know what they are. What it returns
 * answers by these gates always; a feature that is registered again answers by those of the last time.
 *
 * Throws `FlagError('NOT_FOUND')` for a feature whose gate is not declared, and `FlagError('INVALID_ARGUMENT')` for two
 * with one gate.
 */
export function registerFeatures<F extends object, N extends string>(
  from: GatesFrom<N>,
  features: readonly F[],
  { enabled = NONE }: FeatureOptions<F> = {},
): Features<F> {
  const gates = from as GatesFrom;
  const isEnabled = (feature: F): boolean =>
    typeof enabled === 'function' ? enabled(feature) : enabled.has(nameOf(feature));
  const names = new Set<string>();
  for (const { featureGate } of features as readonly Known[]) {
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
    if (!known.has(feature))
      throw new FlagError('NOT_FOUND', `the feature ${nameOf(feature) || 'without a name'} is not registered here`);
    if (isGatedFeature(feature)) return boundState(feature, { gates, isEnabled: () => isEnabled(feature) });
    return { open: true, gated: false, visible: true, enabled: isEnabled(feature) };
  };
  return {
    gates,
    all: [...features],
    visible: () => features.filter((feature) => stateOf(feature).visible),
    stateOf,
    require(feature) {
      stateOf(feature);
      if (isGatedFeature(feature)) requireGate(gates, feature.featureGate.name);
    },
  };
}

const NONE: ReadonlySet<string> = new Set();

/** Whether a feature has a gate. */
export function isGatedFeature<F extends object>(feature: F): feature is F & DeclaresGate {
  return (feature as Known).featureGate !== undefined;
}

/** What a feature is known by: the name of its gate, else its own; empty if it has none. */
function nameOf(feature: object): string {
  const { featureGate, name } = feature as Known;
  return featureGate?.name ?? (typeof name === 'string' ? name : '');
}

/** What the command of a feature is called: as the backend it is, or as the feature; undefined if it has no name. */
export function commandOf(feature: object): string | undefined {
  const { backendType, name } = feature as Known;
  return [backendType, name].find((given) => typeof given === 'string');
}
