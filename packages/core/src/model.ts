import type { FlagDefinition } from './document.generated.ts';
import type { JsonValue, ValueType } from './evaluation.ts';
import type { Path, Report } from './issue.ts';
import { oneOf, preview, suggest } from './issue.ts';
import { jsonEqual, notJson } from './json.ts';

/** A variant in canonical form; the name identifies it, the index is its position as declared. */
export interface Variant {
  readonly name: string;
  readonly value: JsonValue;
  readonly weight: number;
  readonly index: number;
}

/** The type of a flag; `mixed` where untyped variants disagree, so that each value counts by itself. */
export type FlagType = ValueType | 'mixed';

/** The values of a flag in canonical form, whichever dialect they were written in. */
export interface Model {
  readonly type: FlagType;
  readonly variants: readonly Variant[];
  /** Positions mean something: not so for a map with names like "1", whose order JavaScript does not keep. */
  readonly ordered: boolean;
}

const CANONICAL_TYPE: Readonly<Record<string, ValueType>> = {
  bool: 'boolean',
  boolean: 'boolean',
  string: 'string',
  int: 'integer',
  integer: 'integer',
  float: 'number',
  number: 'number',
  json: 'object',
  object: 'object',
};

const IMPLICIT_BOOLEANS: readonly Variant[] = [
  { name: 'off', value: false, weight: 0, index: 0 },
  { name: 'on', value: true, weight: 0, index: 1 },
];

const INTEGER_LIKE = /^(?:0|[1-9]\d{0,9})$/;

/** The variants and the type of a definition that has the right shape; wrong values are reported. */
export function readModel(definition: FlagDefinition, path: Path, report: Report): Model {
  const { list, ordered } = readVariants(definition, path, report);
  const declared = definition.type === undefined ? undefined : CANONICAL_TYPE[definition.type]!;
  const type = declared ?? inferType(definition, list, path, report);
  const variants = list.length === 0 && type === 'boolean' ? IMPLICIT_BOOLEANS : list;
  for (const variant of list) {
    const why = wrongValue(variant.value, declared ?? 'mixed');
    if (why !== undefined) reportValue(why, type, [...path, ...valuePath(definition, variant)], report);
  }
  if (definition.default !== undefined) {
    const why = wrongValue(definition.default, type);
    if (why !== undefined) reportValue(why, type, [...path, 'default'], report);
  }
  return { type, variants, ordered };
}

/** Whether a value is of a type, as variants and defaults must be. */
export function hasType(value: unknown, type: FlagType): boolean {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'integer':
      return Number.isSafeInteger(value);
    default:
      return true;
  }
}

/** The variant that `reference` names: by name, or by position. */
export function findVariant(model: Model, reference: string | number): Variant | undefined {
  if (typeof reference === 'number') return model.ordered ? model.variants[reference] : undefined;
  const { variants } = model;
  if (variants.length <= FEW) return variants.find((variant) => variant.name === reference);
  const at = namesOf(model).positions.get(reference);
  return at === undefined ? undefined : variants[at];
}

/** Among so many variants one is found as fast by looking at each. */
const FEW = 16;

interface Names {
  readonly list: readonly string[];
  /** Of the first variant of each name. */
  readonly positions: ReadonlyMap<string, number>;
}

const namesByVariants = new WeakMap<readonly Variant[], Names>();

/** The names of variants, once for all who refer to one of many. */
function namesOf({ variants }: Model): Names {
  let names = namesByVariants.get(variants);
  if (names === undefined) {
    const list = variants.map(({ name }) => name);
    const positions = new Map<string, number>();
    for (const [at, name] of list.entries()) if (!positions.has(name)) positions.set(name, at);
    names = { list, positions };
    namesByVariants.set(variants, names);
  }
  return names;
}

/** The first variant that has this value. */
export function variantOfValue(model: Model, value: unknown): Variant | undefined {
  return model.variants.find((variant) => jsonEqual(variant.value, value));
}

/**
 * The variant a name means when a YAML 1.1 tool may have made a boolean of it: `true` stands for the one variant whose
 * value is true, if there is exactly one.
 */
export function findNamedVariant(model: Model, name: string | boolean): Variant | undefined {
  if (typeof name === 'string') return findVariant(model, name);
  const sameValue = model.variants.filter((variant) => variant.value === name);
  return sameValue.length === 1 ? sameValue[0] : undefined;
}

/** The variant JSON Logic means: by name; true and false also as names, and then as the values of an on/off flag. */
export function yieldedVariant(model: Model, value: unknown): Variant | undefined {
  if (typeof value === 'string') return findVariant(model, value);
  if (typeof value === 'number') return findVariant(model, String(value));
  if (typeof value !== 'boolean') return undefined;
  const named = findVariant(model, String(value));
  const onOff = model.type === 'boolean' && findNamedVariant(model, !value) !== undefined;
  return named ?? (onOff ? findNamedVariant(model, value) : undefined);
}

/** The variant a reference in the document means; reports one that is not there. */
export function resolveVariant(
  model: Model,
  reference: string | number | boolean,
  path: Path,
  report: Report,
): Variant | undefined {
  const variant = typeof reference === 'number' ? findVariant(model, reference) : findNamedVariant(model, reference);
  if (variant !== undefined) {
    if (typeof reference === 'boolean') {
      report({
        severity: 'warning',
        code: 'boolean-name',
        path,
        message: `the boolean ${reference} stands where a name belongs; taken as variant ${preview(variant.name)}`,
        hint: `quote it: '${variant.name}'`,
      });
    }
    return variant;
  }
  const { list: names } = namesOf(model);
  const positions =
    typeof reference === 'number' && model.ordered ? ` or a position from 0 to ${names.length - 1}` : '';
  report({
    severity: 'error',
    code: 'unknown-variant',
    path,
    message:
      typeof reference === 'number' && !model.ordered
        ? `position ${reference} means nothing: variants named like numbers have no order`
        : `there is no variant ${preview(reference)}`,
    expected: names.length === 0 ? 'a flag with variants' : `${oneOf(names)}${positions}`,
    ...(typeof reference === 'string' ? { near: () => suggest(reference, names) } : {}),
    ...(typeof reference === 'boolean' && names.length > 0
      ? { hint: 'quote it: a YAML 1.1 tool turns on, off, yes and no into booleans' }
      : {}),
  });
  return undefined;
}

function readVariants(
  definition: FlagDefinition,
  path: Path,
  report: Report,
): { readonly list: readonly Variant[]; readonly ordered: boolean } {
  const { variants } = definition;
  if (variants === undefined) return { list: [], ordered: true };
  const list: Variant[] = [];
  let ordered = true;
  if (Array.isArray(variants)) {
    const seen = new Set<string>();
    variants.forEach((variant, index) => {
      if (seen.has(variant.name)) {
        report({
          severity: 'error',
          code: 'duplicate-variant',
          path: [...path, 'variants', index, 'name'],
          message: `a second variant named ${preview(variant.name)}`,
          expected: 'names that differ',
        });
      }
      seen.add(variant.name);
      list.push({ name: variant.name, value: variant.value as JsonValue, weight: variant.weight ?? 0, index });
    });
  } else {
    const numeric = Object.keys(variants).filter((name) => INTEGER_LIKE.test(name));
    if (numeric.length > 0) {
      ordered = false;
      report({
        severity: 'warning',
        code: 'integer-like-variant',
        path: [...path, 'variants'],
        message: `variants named like numbers (${numeric.slice(0, 3).map(preview).join(', ')}) have no order`,
        hint: 'refer to variants by name, or write them as a list of {name, value}',
      });
    }
    for (const [name, value] of Object.entries(variants)) {
      list.push({ name, value: value as JsonValue, weight: 0, index: ordered ? list.length : -1 });
    }
  }
  return { list, ordered };
}

function valuePath(definition: FlagDefinition, variant: Variant): Path {
  return Array.isArray(definition.variants) ? ['variants', variant.index, 'value'] : ['variants', variant.name];
}

function inferType(definition: FlagDefinition, list: readonly Variant[], path: Path, report: Report): FlagType {
  const types = new Set<ValueType>();
  for (const variant of list) types.add(typeOfValue(variant.value));
  if (types.size === 0 && definition.default !== undefined) types.add(typeOfValue(definition.default));
  if (types.size === 1) return types.values().next().value!;
  if (types.size === 0) {
    report({
      severity: 'error',
      code: 'no-type',
      path,
      message: 'the flag has neither a type nor variants nor a default',
      expected: 'type: boolean, string, integer, number or json',
      hint: 'add `type`, or `variants` to read it off',
    });
    return 'mixed';
  }
  report({
    severity: 'warning',
    code: 'mixed-types',
    path: [...path, 'variants'],
    message: `the variants are of several types: ${[...types].join(', ')}`,
    expected: 'variants of one type',
    hint: 'an application asks for one type; the variants of others answer it with TYPE_MISMATCH',
  });
  return 'mixed';
}

/** The type a JSON value answers to. */
export function typeOfValue(value: unknown): ValueType {
  const type = typeof value;
  return type === 'boolean' || type === 'string' || type === 'number' ? type : 'object';
}

function wrongValue(value: unknown, type: FlagType): string | undefined {
  const why = notJson(value);
  if (why !== undefined) return why;
  return hasType(value, type) ? undefined : `${preview(value)} is not of the flag's type`;
}

function reportValue(message: string, type: FlagType, path: Path, report: Report): void {
  const expected =
    type === 'integer'
      ? 'a whole number of at most 2^53 − 1'
      : `a value of type ${type === 'object' || type === 'mixed' ? 'json' : type}`;
  report({ severity: 'error', code: 'wrong-type', path, message, expected });
}
