import { type AttributeDefinition, type FlagDefinition, isRecord } from '@flagwright/core';
import type { ContextSpec, FeatureFlagSpec, FeatureFlagStageSpec } from '../schema/resources.generated.ts';

const TYPES: Readonly<Record<FeatureFlagSpec['type'], NonNullable<FlagDefinition['type']>>> = {
  BOOLEAN: 'boolean',
  STRING: 'string',
  NUMBER: 'number',
  INTEGER: 'integer',
  OBJECT: 'json',
};

/**
 * What a stage serves of a flag: the flag's definition, and over it, member by member, what the stage says. A flag that no
 * stage definition speaks of is what its own definition says: disabled unless that says otherwise.
 */
export function effectiveFlag(flag: FeatureFlagSpec, stage: FeatureFlagStageSpec | undefined): FlagDefinition {
  const { type, archived, ...rest } = flag;
  return { ...rest, type: TYPES[type], enabled: flag.enabled ?? false, ...stage };
}

/**
 * What programs see of a flag, without what only people read. Metadata is served with every answer, and programs may act
 * by it, so it is a part. Variants are a list: their order counts, for they may be referred to by position.
 */
export function behaviour(flag: FlagDefinition | undefined): unknown {
  if (flag === undefined) return undefined;
  const { name, description, owner, tags, ...rest } = flag;
  if (!isRecord(rest.variants)) return rest;
  return { ...rest, variants: Object.entries(rest.variants).map(([variant, value]) => ({ name: variant, value })) };
}

/** A context attribute as flags know it. */
export function effectiveAttribute({ type, name, description }: ContextSpec): AttributeDefinition {
  const types = { STRING: 'string', NUMBER: 'number', BOOLEAN: 'boolean', VERSION: 'version' } as const;
  return {
    type: types[type],
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
  };
}
