import { type Identity, identityKey } from '../manifests/identity.ts';
import { required } from '../manifests/order.ts';
import { attributesRead } from './attributes-read.ts';
import type { Item } from './item.ts';

/** Which items an item cannot do without, among those of the same files. */
export type Needs = (item: Item) => readonly Item[];

/** What items need: what they are in, the flags that they require, and the attributes that they read. */
export function needsOf(items: readonly Item[]): Needs {
  const byKey = new Map(items.map((item) => [identityKey(item.identity), item]));
  const memo = new Map<Item, readonly Item[]>();
  return (item) => {
    const known = memo.get(item);
    if (known !== undefined) return known;
    const found = wanted(item).flatMap((identity) => byKey.get(identityKey(identity)) ?? []);
    const needs = [...new Set(found)].filter((other) => other !== item);
    memo.set(item, needs);
    return needs;
  };
}

/** Items, and all that they need, and that these need. */
export function withNeeds(items: readonly Item[], needs: Needs): readonly Item[] {
  const all = new Set(items);
  // a set is gone through with what is added meanwhile
  for (const item of all) for (const other of needs(item)) all.add(other);
  return [...all];
}

function wanted({ identity: { kind, project, stage, id }, manifest }: Item): readonly Identity[] {
  const none = { project: undefined, stage: undefined };
  const inProject: readonly Identity[] = project === undefined ? [] : [{ kind: 'Project', ...none, id: project }];
  const flag = (key: string | undefined): Identity => ({ kind: 'FeatureFlag', project, stage: undefined, id: key });
  const flags = required(manifest).map(flag);
  const attributes = (): readonly Identity[] =>
    [...attributesRead(manifest.manifest.spec)].map((name) => ({
      kind: 'Context',
      project,
      stage: undefined,
      id: name,
    }));
  const link: Identity = { kind: 'ProjectStage', project, stage: undefined, id: stage };
  switch (kind) {
    case 'Context':
      return inProject;
    case 'ProjectStage':
      return [...inProject, { kind: 'Stage', ...none, id }];
    case 'FeatureFlag':
      return [...inProject, ...flags];
    case 'FeatureFlagStage':
      return [...inProject, link, flag(id), ...flags, ...attributes()];
    case 'ChangeRequest': {
      const { featureFlagId } = (manifest.manifest.spec ?? {}) as { readonly featureFlagId?: string };
      return [...inProject, link, flag(featureFlagId), ...flags, ...attributes()];
    }
    default:
      return [];
  }
}
