import type { FlagDefinition } from './document.generated.ts';
import { reachingAny } from './graph.ts';
import { jsonEqual } from './json.ts';
import { dependsOn } from './load.ts';
import { degradedFlags, type Snapshot, type Words } from './snapshot.ts';

/**
 * The keys of the flags whose answers may differ between two snapshots, wherever they come from: flags that are only in
 * one of them, that are defined differently, or that depend on what is defined differently. Variants may be a list in
 * one of them and a map in the other, as stores make it. Where something cannot be used as it is defined, what serves
 * instead depends on the past: then all keys.
 */
export function changedBetween(before: Snapshot, after: Snapshot): readonly string[] {
  const all = [...new Set([...before.flags.keys(), ...after.flags.keys()])];
  if (!isPlain(before) || !isPlain(after)) return all;
  const sameSet = before.document.bucketing === after.document.bucketing && jsonEqual(before.metadata, after.metadata);
  if (!sameSet) return all;

  const words = differentWords(before.internals.words, after.internals.words);
  const [old, next] = [before.internals.sources, after.internals.sources];
  const changed = new Set<string>();
  for (const key of all) {
    const [one, other] = [before.flags.get(key), after.flags.get(key)];
    const same = one !== undefined && other !== undefined && sameDefinition(old.get(key), next.get(key));
    if (!same || (words.size > 0 && (dependsOn(one, words) || dependsOn(other, words)))) changed.add(key);
  }
  for (const { prerequisites } of [before.internals.links, after.internals.links]) {
    for (const key of reachingAny(prerequisites, changed)) changed.add(key);
  }
  return [...changed];
}

/** Whether everything serves as it is defined. */
function isPlain(snapshot: Snapshot): boolean {
  const { words, links } = snapshot.internals;
  const broken = words.issues.some(({ severity }) => severity === 'error') || links.broken.size > 0;
  const outlived = [...words.segments.keys()].some((name) => !words.segmentSources.has(name));
  return !broken && !outlived && degradedFlags(snapshot).length === 0;
}

/** What differs between two sets of words, as flags name what they use. */
function differentWords(before: Words, after: Words): ReadonlySet<string> {
  const different = new Set<string>();
  const compare = (kind: string, a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): void => {
    for (const name of new Set([...a.keys(), ...b.keys()])) {
      if (a.has(name) && b.has(name) && jsonEqual(a.get(name), b.get(name))) continue;
      different.add(`${kind}:${name}`);
    }
  };
  compare('segment', before.segmentSources, after.segmentSources);
  const segments = new Set([...different].map((name) => name.slice('segment:'.length)));
  for (const { segmentUses } of [before, after]) {
    for (const name of reachingAny(segmentUses, segments)) different.add(`segment:${name}`);
  }
  compare('evaluator', before.vocabulary.evaluators, after.vocabulary.evaluators);
  compare('attribute', before.vocabulary.attributes, after.vocabulary.attributes);
  compare('override', before.overrides, after.overrides);
  return different;
}

function sameDefinition(a: unknown, b: unknown): boolean {
  return a === b || jsonEqual(plain(a), plain(b));
}

/** A definition as in a map of flags, with its variants, whose order means something, as a list. */
function plain(definition: unknown): unknown {
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) return definition;
  const { key: _, variants, ...rest } = definition as FlagDefinition;
  if (variants === undefined) return rest;
  if (typeof variants !== 'object' || variants === null || Array.isArray(variants)) return { ...rest, variants };
  return { ...rest, variants: Object.entries(variants).map(([name, value]) => ({ name, value })) };
}
