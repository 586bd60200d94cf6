import { type FlagDefinition, isRecord, jsonEqual, type VariantDefinition } from '@flagwright/core';
import type { FeatureFlagSpec, FeatureFlagStageSpec } from '@flagwright/server/model';
import { targetingOf } from '@flagwright/server/model';
import { inlined } from './inline.ts';
import { Refusal } from './refusal.ts';

/** A flag of a document as a server has it: the flag itself, and what a stage says of it. */
export interface Converted {
  readonly flag: FeatureFlagSpec;
  readonly definition: FeatureFlagStageSpec;
}

const TYPES: Readonly<Record<NonNullable<FlagDefinition['type']>, FeatureFlagSpec['type']>> = {
  boolean: 'BOOLEAN',
  bool: 'BOOLEAN',
  string: 'STRING',
  integer: 'INTEGER',
  int: 'INTEGER',
  number: 'NUMBER',
  float: 'NUMBER',
  json: 'OBJECT',
  object: 'OBJECT',
};

/** What a flag of a document shares with others. */
export interface Shared {
  readonly metadata: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly evaluators: Readonly<Record<string, unknown>>;
}

/** A flag of a document as a server has it, serving the same. Throws `Refusal`. */
export function converted(key: string, definition: FlagDefinition, shared: Shared): Converted {
  const { name, description, owner, tags, salt } = definition;
  const variants = variantsOf(definition);
  const metadata = { ...shared.metadata, ...definition.metadata };
  const own = { name, description, salt, owner, tags };
  const flag = {
    type: typeOf(key, definition),
    ...(variants.all === undefined ? {} : { variants: variants.all }),
    ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  } as FeatureFlagSpec;
  return { flag, definition: decisionsOf(key, definition, variants.ofDefault, shared) };
}

function decisionsOf(
  key: string,
  definition: FlagDefinition,
  ofDefault: string | undefined,
  { evaluators }: Shared,
): FeatureFlagStageSpec {
  const { enabled, state, rules, targets, fallthrough, prerequisites, experiment } = definition;
  const { targeting, defaultVariant, offVariant = ofDefault } = definition;
  const decided = {
    defaultVariant: defaultVariant ?? ofDefault ?? defaultVariant,
    offVariant,
    targeting: targeting === undefined || targeting === null ? undefined : logicOf(key, targeting, evaluators),
    rules,
    targets,
    fallthrough,
    prerequisites,
    experiment,
  };
  return {
    // a document has what it does not say enabled, a server has it disabled
    enabled: enabled ?? (state === undefined || state === 'ENABLED'),
    ...Object.fromEntries(Object.entries(decided).filter(([, value]) => value !== undefined)),
  };
}

function logicOf(
  key: string,
  targeting: NonNullable<FlagDefinition['targeting']>,
  evaluators: Shared['evaluators'],
): unknown {
  const { spec, issues } = targetingOf({ targeting });
  if (issues[0] !== undefined) throw new Refusal(issues[0].message);
  return spec.targeting === null ? undefined : inlined(spec.targeting, evaluators, `the targeting of ${key}`);
}

function typeOf(key: string, { type, variants, default: value }: FlagDefinition): FeatureFlagSpec['type'] {
  if (type !== undefined) return TYPES[type];
  const values = valuesOf(variants).map((variant) => variant.value);
  const kinds = new Set((values.length === 0 ? [value] : values).map(kindOf));
  const [kind, ...others] = kinds;
  if (kind === undefined || others.length > 0)
    throw new Refusal(`${key} has values of several types: ${[...kinds].join(', ')}`);
  return TYPES[kind];
}

const kindOf = (value: unknown): 'boolean' | 'string' | 'number' | 'json' => {
  const type = typeof value;
  return type === 'boolean' || type === 'string' || type === 'number' ? type : 'json';
};

/** Variants by name, in their order. */
function valuesOf(variants: FlagDefinition['variants']): readonly VariantDefinition[] {
  if (variants === undefined) return [];
  if (Array.isArray(variants)) return variants as readonly VariantDefinition[];
  return Object.entries(variants).map(([name, value]) => ({ name, value }));
}

/** The variants with one for `default`, which a server has no place for, and the name of that one. */
function variantsOf(definition: FlagDefinition): {
  readonly all: FeatureFlagSpec['variants'] | undefined;
  readonly ofDefault: string | undefined;
} {
  const { variants, default: value } = definition;
  if (!('default' in definition) || value === undefined) return { all: variants, ofDefault: undefined };
  const values = valuesOf(variants);
  if (values.length === 0 && typeof value === 'boolean') return { all: variants, ofDefault: value ? 'on' : 'off' };
  const found = values.find((variant) => jsonEqual(variant.value, value));
  if (found !== undefined) return { all: variants, ofDefault: found.name };
  const names = new Set(values.map(({ name }) => name));
  let name = 'default';
  for (let i = 2; names.has(name); i++) name = `default-${i}`;
  // at the end, so that those that are referred to by position stay where they are
  if (Array.isArray(variants))
    return { all: [...(variants as readonly VariantDefinition[]), { name, value }], ofDefault: name };
  return { all: { ...(isRecord(variants) ? variants : {}), [name]: value }, ofDefault: name };
}
