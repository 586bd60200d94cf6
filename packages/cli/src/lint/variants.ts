import { type FlagDefinition, jsonEqual, type RolloutDefinition } from '@flagwright/core';

/** A variant of a flag, however it was written. */
export interface Variant {
  readonly name: string;
  readonly value: unknown;
  /** 0 without one. */
  readonly weight: number;
  /** Its position in the list; undefined in a map, and of the two that a boolean flag has by itself. */
  readonly position: number | undefined;
}

/** What a flag serves: a variant by name, a value that is no variant's, or what the caller has for a default. */
export type Outcome = string;

/** What the caller has for a default. */
export const CALLERS_OWN: Outcome = 'the default of the caller';

const variantOutcome = (name: string): Outcome => `variant ${JSON.stringify(name)}`;

const BOOLEANS: readonly Variant[] = [
  { name: 'off', value: false, weight: 0, position: undefined },
  { name: 'on', value: true, weight: 0, position: undefined },
];

/** The variants of a flag that can be used, and what it can serve. */
export interface Variants {
  readonly list: readonly Variant[];
  readonly boolean: boolean;
  /** The variant a name or a position stands for. */
  named(reference: string | number | boolean): Variant | undefined;
  /** What serving a variation means. */
  outcome(reference: string | number | boolean): Outcome;
  /** What `defaultVariant`, else `default`, serves. */
  readonly byDefault: Outcome;
  /** What is served while the flag is off. */
  readonly off: Outcome;
  /** The variants that a value of JSON Logic serves; undefined if it serves none. */
  yielded(value: unknown): Outcome | undefined;
  /** All that is served where no rule and no targeting decides. */
  readonly fallthrough: ReadonlySet<Outcome>;
}

/** The variants of a flag that was checked. */
export function variantsOf(definition: FlagDefinition): Variants {
  const declared = declaredVariants(definition);
  const isBoolean = booleanFlag(definition, declared);
  const list = declared.length === 0 && isBoolean ? BOOLEANS : declared;
  const isOrdered = Array.isArray(definition.variants) || !list.some(({ name }) => /^(?:0|[1-9]\d{0,9})$/.test(name));

  function named(reference: string | number | boolean): Variant | undefined {
    if (typeof reference === 'number') return isOrdered ? list[reference] : undefined;
    if (typeof reference === 'string') return list.find(({ name }) => name === reference);
    const same = list.filter(({ value }) => value === reference);
    return same.length === 1 ? same[0] : undefined;
  }

  function valued(value: unknown): Outcome {
    const variant = list.find((one) => jsonEqual(one.value, value));
    return variant === undefined ? `value ${JSON.stringify(value)}` : variantOutcome(variant.name);
  }

  function outcome(reference: string | number | boolean): Outcome {
    const variant = named(reference);
    return variant === undefined ? CALLERS_OWN : variantOutcome(variant.name);
  }

  function yielded(value: unknown): Outcome | undefined {
    if (typeof value === 'string' || typeof value === 'number') {
      return named(String(value)) === undefined ? undefined : outcome(String(value));
    }
    if (typeof value !== 'boolean') return undefined;
    const variant = named(String(value)) ?? (isBoolean && named(!value) !== undefined ? named(value) : undefined);
    return variant === undefined ? undefined : variantOutcome(variant.name);
  }

  const { defaultVariant, default: plain, offVariant } = definition;
  const byDefault =
    defaultVariant !== undefined && defaultVariant !== null
      ? outcome(defaultVariant)
      : plain === undefined
        ? CALLERS_OWN
        : valued(plain);
  const off = offVariant !== undefined ? outcome(offVariant) : plain === undefined ? CALLERS_OWN : valued(plain);
  const self = { list, boolean: isBoolean, named, outcome, byDefault, off, yielded };
  return { ...self, fallthrough: fallthroughOf(definition, self) };
}

/** The variants of a split that have a share. */
export function liveOf({ variations }: RolloutDefinition): RolloutDefinition['variations'] {
  const live = variations.filter(({ weight }) => weight > 0);
  // without any weight, the last one has it all
  return live.length > 0 ? live : variations.slice(-1);
}

/** An outcome for people: `the variant "on"`. */
export function outcomeText(outcome: Outcome): string {
  return outcome === CALLERS_OWN ? outcome : `the ${outcome}`;
}

function fallthroughOf(
  definition: FlagDefinition,
  { list, outcome, byDefault }: Pick<Variants, 'list' | 'outcome' | 'byDefault'>,
): ReadonlySet<Outcome> {
  const { fallthrough } = definition;
  const reference = typeof fallthrough === 'object' ? fallthrough.variation : fallthrough;
  // those without a key are not split
  const outcomes = new Set([reference === undefined ? byDefault : outcome(reference)]);
  const weighted = list.filter(({ weight }) => weight > 0);
  for (const { name } of weighted) outcomes.add(variantOutcome(name));
  if (weighted.length === 0 && typeof fallthrough === 'object' && fallthrough.rollout !== undefined) {
    for (const { variation } of liveOf(fallthrough.rollout)) outcomes.add(outcome(variation));
  }
  return outcomes;
}

function declaredVariants({ variants }: FlagDefinition): readonly Variant[] {
  if (variants === undefined) return [];
  if (Array.isArray(variants)) {
    return variants.map(({ name, value, weight = 0 }, position) => ({ name, value, weight, position }));
  }
  return Object.entries(variants).map(([name, value]) => ({ name, value, weight: 0, position: undefined }));
}

function booleanFlag({ type, default: value }: FlagDefinition, declared: readonly Variant[]): boolean {
  if (type !== undefined) return type === 'boolean' || type === 'bool';
  if (declared.length === 0) return typeof value === 'boolean';
  return declared.every((variant) => typeof variant.value === 'boolean');
}
