import { isRecord } from '@flagwright/core';
import { type Kind, NOUNS } from '../nouns/noun.ts';
import { identityOf } from './identity.ts';
import type { FileManifest } from './manifest.ts';

const RANK: ReadonlyMap<Kind, number> = new Map(NOUNS.map(({ kind }, i) => [kind, i]));

/**
 * Manifests in the order they can be applied in: what others are in before these, and a flag that is required before
 * those that require it. What depends on nothing stays in the order of the files.
 */
export function inOrder<Item extends Pick<FileManifest, 'kind' | 'manifest'>>(items: readonly Item[]): readonly Item[] {
  const ranked = items.map((item, i) => ({ item, i, rank: RANK.get(item.kind)! }));
  ranked.sort((a, b) => a.rank - b.rank || a.i - b.i);
  const sorted = ranked.map(({ item }) => item);
  return requiredFirst(requiredFirst(sorted, 'FeatureFlag'), 'FeatureFlagStage');
}

/** The same, with the resources of a kind that others of it require before these. A circle stays as it is. */
function requiredFirst<Item extends Pick<FileManifest, 'kind' | 'manifest'>>(
  items: readonly Item[],
  kind: Kind,
): readonly Item[] {
  const own = items.filter((item) => item.kind === kind);
  const byPlace = new Map(own.map((item) => [placeOf(item), item]));
  // a stage that says nothing of prerequisites goes by those of the flag
  const flags = new Map(items.filter((item) => item.kind === 'FeatureFlag').map((item) => [flagOf(item), item]));
  const needed = (item: Item): readonly string[] =>
    kind === 'FeatureFlagStage' && !saysRequired(item) ? required(flags.get(flagOf(item)) ?? item) : required(item);
  const done = new Set<Item>();
  const sorted: Item[] = [];
  for (const first of own) {
    // by hand, for a chain may be longer than the stack
    const open: { readonly item: Item; readonly left: Item[] }[] = [];
    const enter = (item: Item): void => {
      done.add(item);
      const left = needed(item).flatMap((key) => byPlace.get(placeOf(item, key)) ?? []);
      open.push({ item, left: left.reverse() });
    };
    if (!done.has(first)) enter(first);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const next = top.left.pop();
      if (next !== undefined && !done.has(next)) enter(next);
      else if (next === undefined) sorted.push(open.pop()!.item);
    }
  }
  const from = items.findIndex((item) => item.kind === kind);
  return from < 0 ? items : [...items.slice(0, from), ...sorted, ...items.slice(from + own.length)];
}

function placeOf(item: Pick<FileManifest, 'kind' | 'manifest'>, key?: string): string {
  const { project, stage, id } = identityOf(item);
  return [project ?? '', stage ?? '', key ?? id ?? ''].join(' ');
}

const flagOf = (item: Pick<FileManifest, 'kind' | 'manifest'>): string => {
  const { project, id } = identityOf(item);
  return `${project ?? ''} ${id ?? ''}`;
};

const saysRequired = ({ manifest: { spec } }: Pick<FileManifest, 'manifest'>): boolean =>
  isRecord(spec) && spec.prerequisites !== undefined;

/** The keys of the flags that a flag or a stage definition requires. */
export function required({ manifest }: Pick<FileManifest, 'manifest'>): readonly string[] {
  const prerequisites = isRecord(manifest.spec) ? manifest.spec.prerequisites : undefined;
  if (!Array.isArray(prerequisites)) return [];
  return prerequisites.flatMap((one: unknown) => (isRecord(one) && typeof one.key === 'string' ? [one.key] : []));
}
