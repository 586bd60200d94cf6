import { createHash } from 'node:crypto';
import type { AttributeDefinition, FlagDefinition } from '@flagwright/core';
import { keep } from '../access/bounded.ts';
import type { Sql } from '../database/database.ts';
import { type Effect, effectOf } from '../effect/index.ts';
import { effectiveFlag } from '../publish/effective.ts';
import { attributesOf } from '../publish/project.ts';
import { keys } from '../resources/resource.ts';
import { find } from '../resources/table.ts';
import type { FeatureFlagSpec } from '../schema/resources.generated.ts';
import { type Proposal, proposalOf } from './proposal.ts';
import type { ChangeRequest } from './request.ts';

/** A flag as its stage serves it now, and as it would if a request were applied now. */
export interface Change {
  readonly key: string;
  readonly before: FlagDefinition | undefined;
  readonly after: FlagDefinition | undefined;
  readonly attributes: Readonly<Record<string, AttributeDefinition>>;
}

/** What a pending request would change; undefined of one that was decided upon, or whose flag is gone. */
export async function changeOf(sql: Sql, { spec, status }: ChangeRequest): Promise<Change | undefined> {
  return status.state === 'pending' ? changeBy(sql, await proposalOf(sql, spec)) : undefined;
}

/** What a proposal changes. */
export async function changeBy(sql: Sql, { key, current, next }: Proposal): Promise<Change | undefined> {
  const flag = await find<FeatureFlagSpec>(sql, keys.flag(key.project, key.id));
  if (flag === undefined) return undefined;
  // an archived flag is not served, whatever its stages say
  const served = flag.spec.archived !== true;
  return {
    key: key.id,
    before: served ? effectiveFlag(flag.spec, current?.spec) : undefined,
    after: served ? effectiveFlag(flag.spec, next) : undefined,
    attributes: await attributesOf(sql, key.project),
  };
}

/** As many effects are remembered. */
const MOST_REMEMBERED = 64;

const remembered = new Map<string, Effect>();

/**
 * Whom a change moves. To be worked out outside of transactions: it takes up to some tenths of a second, though only once
 * as long as nothing changes, however often it is asked for.
 */
export function effectOfChange({ key, before, after, attributes }: Change): Effect {
  const text = JSON.stringify([key, before, after, attributes]);
  const name = createHash('sha256').update(text).digest('base64');
  const effect = remembered.get(name) ?? effectOf(key, before, after, { attributes });
  keep(remembered, name, effect, MOST_REMEMBERED);
  return effect;
}
