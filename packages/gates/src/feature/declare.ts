import { FlagError, preview } from '@flagwright/core';
import type { GateDeclaration } from '../declaration.ts';

interface Described {
  /** Whether the feature is there for everybody. False: only where its gate is open. Graduation is this one word. */
  readonly generallyAvailable: boolean;
  /** How far it has come until then. Default: `alpha`. */
  readonly stage?: 'alpha' | 'beta';
  /** Whether its gate is open unless it is set. Default: as the stage and the channel say. */
  readonly default?: boolean;
  /** Who answers for it, as `@platform`. */
  readonly owner: string;
  /** What it does, in a sentence or two. */
  readonly description: string;
  /** The version that introduced it. */
  readonly since: string;
  /** Gates that must be on wherever this one is. */
  readonly requires?: readonly string[];
  /** Where it was proposed. */
  readonly proposal?: string;
}

/** What a feature class, or an object that is a feature, says of itself. A storage backend is known by its type. */
export type FeatureSpec =
  | (Described & { readonly name: string; readonly backendType?: undefined })
  | (Described & { readonly backendType: string; readonly name?: string });

/** The name of the gate of a feature: its own, or `storage.` and the type of a backend. */
export type GateNameOf<S> = S extends { readonly backendType: infer B extends string }
  ? `storage.${B}`
  : S extends { readonly name: infer A extends string }
    ? A
    : never;

/** A gate as its feature declares it. */
export interface FeatureGate<G extends string = string> {
  readonly name: G;
  readonly declaration: GateDeclaration;
}

/** A feature class, or a feature: anything that brings its gate. */
export interface DeclaresGate<G extends string = string> {
  readonly featureGate: FeatureGate<G>;
}

/** The gate that belongs to a feature. A feature that is generally available has one that is GA and locked on. */
export function featureGateOf(spec: FeatureSpec): FeatureGate {
  const { name, backendType, generallyAvailable, stage = 'alpha', default: byDefault, ...described } = spec;
  const of = typeof backendType === 'string' ? `storage.${backendType}` : name;
  if (typeof of !== 'string') {
    throw new FlagError(
      'INVALID_ARGUMENT',
      `a feature has the name ${preview(name)}; expected a name or a backendType`,
    );
  }
  if (typeof generallyAvailable !== 'boolean') {
    const found = `generallyAvailable of the feature ${of} is ${preview(generallyAvailable)}`;
    throw new FlagError('INVALID_ARGUMENT', `${found}; expected true or false: nothing is released by leaving it out`);
  }
  const declaration: GateDeclaration = generallyAvailable
    ? { ...described, stage: 'ga', locked: true }
    : { ...described, stage, ...(byDefault === undefined ? {} : { default: byDefault }) };
  return { name: of, declaration };
}

/**
 * The declarations of features, to stand among the others of their program: `defineGates(program, { ...featureGates(Dns,
 * Ceph), MultiRegion: { … } })`. Throws `FlagError('INVALID_ARGUMENT')` if two features have one gate.
 */
export function featureGates<const D extends readonly DeclaresGate[]>(
  ...features: D
): { readonly [G in D[number]['featureGate']['name']]: GateDeclaration } {
  const declarations = new Map<string, GateDeclaration>();
  for (const { featureGate } of features) {
    const { name, declaration } = featureGate;
    if (declarations.has(name)) {
      throw new FlagError('INVALID_ARGUMENT', `two features have the gate ${name}; expected one gate for each`);
    }
    declarations.set(name, declaration);
  }
  return Object.fromEntries(declarations) as { readonly [G in D[number]['featureGate']['name']]: GateDeclaration };
}
