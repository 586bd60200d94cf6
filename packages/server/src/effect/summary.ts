import { jsonEqual } from '@flagwright/core';
import type { Summary } from './effect.ts';
import { nameOf } from './graph.ts';
import type { Probe } from './probe.ts';

/** What a definition is, for the summary: none, one that cannot be used and why, or one that can. */
export type Read = Probe | string | undefined;

/** What differs between two definitions as a whole. */
export function summaryOf(before: Read, after: Read): Summary {
  if (before === undefined && after === undefined) return {};
  const unusable = {
    ...(typeof before === 'string' ? { before } : undefined),
    ...(typeof after === 'string' && after !== before ? { after } : undefined),
  };
  return {
    ...(before === undefined ? { created: true } : undefined),
    ...(after === undefined ? { removed: true } : undefined),
    ...(typeof after === 'string' || (typeof before === 'string' && after !== undefined) ? { unusable } : undefined),
    ...(typeof before === 'object' && typeof after === 'object' ? differences(before, after) : undefined),
  };
}

function differences(before: Probe, after: Probe): Summary {
  const { added, removed, changed } = variantsBetween(before, after);
  const [off, offAfter] = [before.off(), after.off()];
  const [rest, restAfter] = [before.fallthrough().outcome, after.fallthrough().outcome];
  return {
    ...(before.enabled === after.enabled ? undefined : { enabled: { from: before.enabled, to: after.enabled } }),
    ...(before.type === after.type ? undefined : { type: { from: before.type, to: after.type } }),
    ...(added.length + removed.length + changed.length === 0 ? undefined : { variants: { added, removed, changed } }),
    ...(nameOf(rest) === nameOf(restAfter) ? undefined : { default: { from: rest, to: restAfter } }),
    ...(nameOf(off) === nameOf(offAfter) ? undefined : { off: { from: off, to: offAfter } }),
  };
}

function variantsBetween(before: Probe, after: Probe): NonNullable<Summary['variants']> {
  return {
    added: [...after.variants.keys()].filter((name) => !before.variants.has(name)),
    removed: [...before.variants.keys()].filter((name) => !after.variants.has(name)),
    changed: [...before.variants].flatMap(([name, from]) => {
      const to = after.variants.get(name);
      return to === undefined || jsonEqual(from, to) ? [] : [{ name, from, to }];
    }),
  };
}
