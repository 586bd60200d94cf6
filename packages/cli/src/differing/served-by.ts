import type { AttributeDefinition, FlagDefinition, FlagDocument } from '@flagwright/core';
import type { ControlPlane, Resources } from '@flagwright/server/client';
import {
  type ContextSpec,
  effectiveAttribute,
  effectiveFlag,
  type FeatureFlagSpec,
  type FeatureFlagStageSpec,
} from '@flagwright/server/model';
import type { Item } from '../applying/item.ts';
import type { Outcome } from '../applying/send.ts';
import { idsOf } from '../session/ids.ts';
import { stageFlags } from '../session/stage-flags.ts';
import type { Served } from './effects.ts';
import { flagsByKey } from './flags-by-key.ts';

/** A specification before and after; undefined where there is none. */
export interface Sides<Spec> {
  readonly before: Spec | undefined;
  readonly after: Spec | undefined;
}

/** What files change of a project, each by its id. */
interface Touched {
  readonly flags: Map<string, Sides<FeatureFlagSpec>>;
  readonly contexts: Map<string, Sides<ContextSpec>>;
  /** What stages say of flags. */
  readonly stages: Map<string, Map<string, Sides<FeatureFlagStageSpec>>>;
  /** The stages that it is linked to by them. */
  readonly linked: Set<string>;
}

/** What stages serve before and after what files change, with all other flags, which may depend on that. */
export async function servedBy(
  api: ControlPlane,
  items: readonly Item[],
  outcomes: ReadonlyMap<Item, Outcome>,
): Promise<readonly Served[]> {
  const served: Served[] = [];
  for (const [project, touched] of touchedBy(items, outcomes)) {
    const everywhere = touched.flags.size > 0 || touched.contexts.size > 0;
    const links = everywhere ? await idsThere(api.links(project)) : [];
    for (const stage of new Set([...touched.stages.keys(), ...touched.linked, ...links])) {
      served.push(await servedIn(api, project, stage, touched));
    }
  }
  return served;
}

function touchedBy(items: readonly Item[], outcomes: ReadonlyMap<Item, Outcome>): ReadonlyMap<string, Touched> {
  const all = new Map<string, Touched>();
  for (const item of items) {
    const outcome = outcomes.get(item);
    const { kind, project, stage, id } = item.identity;
    if (outcome?.kind !== 'done' || project === undefined || id === undefined) continue;
    const { before, after } = outcome.applied;
    const sides = { before: before ?? undefined, after: after ?? undefined } as Sides<never>;
    const touched: Touched = all.get(project) ?? untouched();
    if (kind === 'FeatureFlag') touched.flags.set(id, sides);
    else if (kind === 'Context') touched.contexts.set(id, sides);
    else if (kind === 'FeatureFlagStage' && stage !== undefined) {
      touched.stages.set(stage, (touched.stages.get(stage) ?? new Map()).set(id, sides));
    } else if (kind === 'ProjectStage' && sides.before === undefined) touched.linked.add(id);
    else continue;
    all.set(project, touched);
  }
  return all;
}

const untouched = (): Touched => ({ flags: new Map(), contexts: new Map(), stages: new Map(), linked: new Set() });

async function servedIn(
  api: ControlPlane,
  project: string,
  stage: string,
  { flags, contexts, stages, linked }: Touched,
): Promise<Served> {
  const isNew = linked.has(stage);
  const definitions = stages.get(stage) ?? new Map<string, Sides<FeatureFlagStageSpec>>();
  const there: FlagDocument = isNew
    ? { attributes: await attributesOf(api, project) }
    : ((await stageFlags(api, project, stage).catch(nothing)) ?? {});
  const [before, after] = [copyOf(there), copyOf(there)];
  const others = isNew ? await idsThere(api.flags(project)) : [];
  const keys = [...new Set([...definitions.keys(), ...flags.keys(), ...others])];
  const [flagsThere, definitionsThere] = await Promise.all([
    specsOf<FeatureFlagSpec>(
      api.flags(project),
      keys.filter((key) => !flags.has(key)),
    ),
    specsOf<FeatureFlagStageSpec>(
      api.stageDefinitions(project, stage),
      keys.filter((key) => !definitions.has(key)),
    ),
  ]);
  for (const key of keys) {
    const flag = flags.get(key) ?? { before: flagsThere.get(key), after: flagsThere.get(key) };
    const own = definitions.get(key) ?? { before: definitionsThere.get(key), after: definitionsThere.get(key) };
    put(before.flags, key, flagIn(flag.before, own.before));
    put(after.flags, key, flagIn(flag.after, own.after));
  }
  for (const [id, sides] of contexts) {
    put(before.attributes, id, sides.before && effectiveAttribute(sides.before));
    put(after.attributes, id, sides.after && effectiveAttribute(sides.after));
  }
  return { where: stage, before: isNew ? undefined : documentOf(there, before), after: documentOf(there, after) };
}

/** So many are asked for one by one; for more, all are read. */
const FEW = 10;

/** What a server has of some resources, by their ids; what is not there is left out. */
async function specsOf<Spec>(
  resources: Pick<Resources<Spec>, 'get' | 'all'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Spec>> {
  const found = new Map<string, Spec>();
  if (ids.length <= FEW) {
    for (const id of ids) {
      const { before } = await same<Spec>(resources.get(id));
      if (before !== undefined) found.set(id, before);
    }
    return found;
  }
  try {
    const wanted = new Set(ids);
    for await (const { id, metadata, spec } of resources.all({ archived: true })) {
      const key = metadata.featureFlagId ?? id;
      if (wanted.has(key)) found.set(key, spec);
    }
  } catch (thrown) {
    nothing(thrown);
  }
  return found;
}

interface Copy {
  readonly flags: Map<string, FlagDefinition>;
  readonly attributes: Map<string, AttributeDefinition>;
}

const copyOf = ({ flags, attributes }: FlagDocument): Copy => ({
  flags: new Map(flagsByKey(flags)),
  attributes: new Map(Object.entries(attributes ?? {}) as [string, AttributeDefinition][]),
});

const documentOf = (like: FlagDocument, { flags, attributes }: Copy): FlagDocument => ({
  ...like,
  flags,
  attributes: Object.fromEntries(attributes),
});

function put<Value>(all: Map<string, Value>, name: string, value: Value | undefined): void {
  if (value === undefined) all.delete(name);
  else all.set(name, value);
}

/** None if the server has not where they would be. */
const idsThere = async (resources: Parameters<typeof idsOf>[0]): Promise<readonly string[]> =>
  (await idsOf(resources).catch(nothing)) ?? [];

async function attributesOf(api: ControlPlane, project: string): Promise<Record<string, AttributeDefinition>> {
  const attributes: [string, AttributeDefinition][] = [];
  try {
    for await (const { id, spec } of api.contexts(project).all()) attributes.push([id, effectiveAttribute(spec)]);
  } catch (thrown) {
    nothing(thrown);
  }
  return Object.fromEntries(attributes);
}

/** What a server has, on both sides; nothing if it is not there. */
export async function same<Spec>(resource: Promise<{ readonly spec: unknown }>): Promise<Sides<Spec>> {
  const spec = (await resource.catch(nothing))?.spec as Spec | undefined;
  return { before: spec, after: spec };
}

/** What is not there says nothing. */
function nothing(thrown: unknown): undefined {
  if ((thrown as { readonly code?: unknown }).code !== 'NOT_FOUND') throw thrown;
}

function flagIn(
  flag: FeatureFlagSpec | undefined,
  stage: FeatureFlagStageSpec | undefined,
): FlagDefinition | undefined {
  return flag === undefined || flag.archived === true ? undefined : effectiveFlag(flag, stage);
}
