import { compile } from './compile.ts';
import type { FlagDefinition } from './document.generated.ts';
import { Entries } from './entries.ts';
import { share } from './share.ts';
import { degradedFlags, type Snapshot } from './snapshot.ts';
import type { FlagSet } from './source.ts';

/**
 * The keys of the flags whose answers may differ between two snapshots, wherever they come from: flags that are only in
 * one of them, that are defined differently, or that depend on what is defined differently. Variants may be a list in
 * one of them and a map in the other, as stores make it.
 */
export function changedBetween(before: Snapshot, after: Snapshot): readonly string[] {
  // in one form, equal definitions become the same objects, and what is compiled from them is used again
  const [old, next] = [inOneForm(before), inOneForm(after)];
  const { flagsChanged } = compile(share(old, next), compile(old));
  // one that serves its last good form may serve another than its definition says
  return [...new Set([...flagsChanged, ...degradedFlags(before), ...degradedFlags(after)])];
}

function inOneForm({ document, revision, internals }: Snapshot): FlagSet {
  const flags: [string, FlagDefinition][] = [];
  internals.sources.forEach((definition, key) => {
    flags.push([key, plain(definition) as FlagDefinition]);
  });
  return { document: { ...document, flags: Entries.of(flags) }, revision };
}

/** A definition as in a map of flags, with its variants as a list. */
function plain(definition: unknown): unknown {
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) return definition;
  const { key: _, variants, ...rest } = definition as FlagDefinition;
  if (variants === undefined) return rest;
  if (typeof variants !== 'object' || variants === null || Array.isArray(variants)) return { ...rest, variants };
  return { ...rest, variants: Object.entries(variants).map(([name, value]) => ({ name, value })) };
}
