import type { AttributeDefinition, FlagDefinition, FlagDocument, Issue, Path } from '@flagwright/core';
import {
  type ContextSpec,
  effectiveAttribute,
  effectiveFlag,
  type FeatureFlagSpec,
  type FeatureFlagStageSpec,
  targetingOf,
} from '@flagwright/server/model';

/** What a stage is made of, each by its id. */
export interface StageParts {
  readonly flags: ReadonlyMap<string, FeatureFlagSpec>;
  readonly definitions: ReadonlyMap<string, FeatureFlagStageSpec>;
  readonly contexts: ReadonlyMap<string, ContextSpec>;
}

/**
 * The flag document that a stage has: what it says of each flag goes over what the flag says, and archived flags are left
 * out. The issues are of targeting that is no JSON; such a flag has none.
 */
export function stageDocument({ flags, definitions, contexts }: StageParts): {
  readonly document: FlagDocument;
  readonly issues: readonly Issue[];
} {
  const issues: Issue[] = [];
  const effective = new Map<string, FlagDefinition>();
  for (const [id, flag] of flags) {
    if (flag.archived === true) continue;
    const definition = definitions.get(id);
    const read = definition === undefined ? undefined : targetingOf(definition);
    for (const issue of read?.issues ?? []) issues.push({ ...issue, path: ['flags', id, 'targeting'] as Path });
    effective.set(id, effectiveFlag(flag, read?.spec));
  }
  const attributes: Record<string, AttributeDefinition> = Object.create(null);
  for (const [id, spec] of contexts) attributes[id] = effectiveAttribute(spec);
  return {
    document: { flags: effective, ...(contexts.size === 0 ? {} : { attributes: { ...attributes } }) },
    issues,
  };
}
