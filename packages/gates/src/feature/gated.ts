import { FlagError } from '@flagwright/core';
import { gateKey } from '../names.ts';
import { type DeclaresGate, type FeatureSpec, featureGateOf, type GateNameOf } from './declare.ts';
import { type FeatureState, featureState } from './feature-state.ts';

/** What `gated` gives to a feature. */
export interface Gated<G extends string = string> extends DeclaresGate<G> {
  readonly generallyAvailable: boolean;
  /** The name of its gate, as `defineGates` knows it: `dns`, and `storage.ceph` for a backend. */
  readonly gateName: G;
  /** The key of its gate, as stores know it: `feature.dns`, and `feature.storage.ceph` for a backend. */
  readonly gateKey: `feature.${G}`;
  /** Whether it is hidden from users. Throws `FlagError('NOT_READY')` before `registerFeatures`. */
  readonly isGated: boolean;
  /** The opposite of `isGated`. */
  readonly isVisible: boolean;
  /** Its gate and whether it is enabled. Throws `FlagError('NOT_READY')` before `registerFeatures`. */
  readonly featureState: FeatureState;
}

/** A class, abstract or not. */
export type FeatureBase = abstract new (...args: never) => object;

type Named<S> = Pick<S, Extract<keyof S, 'name' | 'backendType'>>;

type FeatureOf<T, S> = T & Named<S> & Gated<GateNameOf<S>>;

/** The class that `gated` makes of another: as abstract as that, with its statics, and its gate. */
export type GatedClass<B extends FeatureBase, S> = { [K in keyof B]: B[K] } & DeclaresGate<GateNameOf<S>> &
  (B extends new (
    ...args: never
  ) => object
    ? new (
        ...args: ConstructorParameters<B>
      ) => FeatureOf<InstanceType<B>, S>
    : abstract new (
        ...args: ConstructorParameters<B>
      ) => FeatureOf<InstanceType<B>, S>);

/**
 * Makes a feature of a class, to be extended: `class Dns extends gated(Feature, { name: 'dns', generallyAvailable:
 * false, … })`; or of an object, which it changes and returns. The gate is declared by giving the class or the object to
 * `featureGates`. Throws `FlagError('INVALID_ARGUMENT')` without a name, without `generallyAvailable`, and for an object
 * that is frozen.
 */
export function gated<B extends FeatureBase, const S extends FeatureSpec>(base: B, spec: S): GatedClass<B, S>;
export function gated<T extends object, const S extends FeatureSpec>(feature: T, spec: S): FeatureOf<T, S>;
export function gated(target: object, spec: FeatureSpec): object {
  const { name, backendType, generallyAvailable } = spec;
  const own = descriptors({
    ...(name === undefined ? {} : { name }),
    ...(backendType === undefined ? {} : { backendType }),
    generallyAvailable,
    featureGate: featureGateOf(spec),
  });
  if (typeof target !== 'function') return define(target, { ...own, ...READ });
  class Feature extends (target as new (...args: never[]) => object) {
    static readonly featureGate = own.featureGate!.value;
    constructor(...args: never[]) {
      super(...args);
      // fields of the base class hide those of the prototype
      define(this, own);
    }
  }
  // for the constructor of the base class, which may read them
  Object.defineProperties(Feature.prototype, { ...own, ...READ });
  return Feature;
}

function define(feature: object, properties: PropertyDescriptorMap): object {
  try {
    return Object.defineProperties(feature, properties);
  } catch (cause) {
    const found = `the feature ${properties.featureGate!.value.name} cannot be given its gate`;
    throw new FlagError('INVALID_ARGUMENT', `${found}; expected an object that is not frozen`, { cause });
  }
}

/**
 * As `gated`, for features from before there were gates: they are generally available unless they say otherwise.
 */
export function legacyFeature<B extends FeatureBase, const S extends LegacySpec>(base: B, spec: S): GatedClass<B, S>;
export function legacyFeature<T extends object, const S extends LegacySpec>(feature: T, spec: S): FeatureOf<T, S>;
export function legacyFeature(target: object, spec: LegacySpec): object {
  return gated(target, { ...spec, generallyAvailable: spec.generallyAvailable ?? true } as FeatureSpec);
}

/** A `FeatureSpec` whose `generallyAvailable` may be left out. */
export type LegacySpec = FeatureSpec extends infer S
  ? S extends FeatureSpec
    ? Omit<S, 'generallyAvailable'> & { readonly generallyAvailable?: boolean }
    : never
  : never;

function descriptors(values: Readonly<Record<string, unknown>>): PropertyDescriptorMap {
  const described = (value: unknown) => ({ value, writable: true, enumerable: true, configurable: true });
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, described(value)]));
}

function getter(get: (this: Gated) => unknown): PropertyDescriptor {
  return { get, enumerable: false, configurable: true };
}

/** What is worked out when it is read. */
const READ: PropertyDescriptorMap = {
  gateName: getter(function () {
    return this.featureGate.name;
  }),
  gateKey: getter(function () {
    return gateKey(this.featureGate.name);
  }),
  isGated: getter(function () {
    return featureState(this).gated;
  }),
  isVisible: getter(function () {
    return featureState(this).visible;
  }),
  featureState: getter(function () {
    return featureState(this);
  }),
};
