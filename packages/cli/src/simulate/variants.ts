import { type FlagDefinition, isRecord, jsonEqual } from '@flagwright/core';

/** A variant as a definition declares it. */
export interface Named {
  readonly name: string;
  readonly value: unknown;
}

/** The variants of a definition in their order; those that a boolean flag has without saying so, too. */
export function variantsOf({ variants, type, default: value }: FlagDefinition): readonly Named[] {
  const list: readonly Named[] = Array.isArray(variants)
    ? variants.filter((variant): variant is Named => isRecord(variant) && typeof variant.name === 'string')
    : isRecord(variants)
      ? Object.entries(variants).map(([name, inner]) => ({ name, value: inner }))
      : [];
  const boolean = type === 'boolean' || type === 'bool' || (type === undefined && typeof value === 'boolean');
  if (list.length > 0 || !boolean) return list;
  return [
    { name: 'off', value: false },
    { name: 'on', value: true },
  ];
}

/** The name of the variant that a reference means: by name, by position, or as a YAML 1.1 tool wrote it. */
export function nameOf(definition: FlagDefinition, reference: unknown): string | undefined {
  const variants = variantsOf(definition);
  if (typeof reference === 'number') return variants[reference]?.name;
  if (typeof reference === 'boolean') return variants.find(({ value }) => value === reference)?.name;
  return variants.find(({ name }) => name === reference)?.name;
}

/**
 * The variant of those that nothing was decided for: `defaultVariant`, what has the value of `default`, or `false` of a
 * boolean flag; undefined where a flag has none, as one that splits everybody.
 */
export function restingOf(definition: FlagDefinition): string | undefined {
  const variants = variantsOf(definition);
  const { fallthrough, defaultVariant } = definition;
  const named = isRecord(fallthrough) ? fallthrough.variation : fallthrough;
  return (
    nameOf(definition, named) ??
    nameOf(definition, defaultVariant) ??
    (definition.default === undefined
      ? undefined
      : variants.find(({ value }) => jsonEqual(value, definition.default))?.name) ??
    (variants.length === 2 ? variants.find(({ value }) => value === false)?.name : undefined)
  );
}
