import { FlagError, type Issue } from '@flagwright/core';
import type { Gates } from '../gates.ts';
import type { LiveGates } from '../holder.ts';
import type { Layer } from '../layer.ts';
import type { FeatureMap } from './feature.ts';

/** What users gave, by the layer made of it: so all features over the same gates know it. */
export const GIVEN: WeakMap<Layer, FeatureMap> = new WeakMap();

/** Gates on which a user has set features: once, whatever has become of the layer. */
export const SET: WeakSet<LiveGates> = new WeakSet();

const FROM = 'set()';
/** Why a feature is as a user set it. */
export const SET_BY: string = `set by ${FROM}`;

/** Lays what a user set before anything was declared. Whoever declares must not fail for it: what is refused is left out. */
export function layEarly(
  gates: Gates,
  given: FeatureMap,
): { readonly laid: Gates; readonly refused: readonly Issue[] } {
  try {
    return { laid: gates.with(userLayer(given, gates)), refused: [] };
  } catch (thrown) {
    const { issues } = FlagError.from(thrown);
    const names = new Set(issues.map(({ path }) => path.at(-1)));
    return { laid: gates.with(userLayer(given, gates, (name) => !names.has(name))), refused: issues };
  }
}

/** What a user set, as far as it is declared. */
export function userLayer(given: FeatureMap, gates: Gates, taken: (name: string) => boolean = () => true): Layer {
  const settings = Object.entries(given)
    .filter(([name]) => gates.has(name) && taken(name))
    .map(([name, { enabled }]) => ({ name, enabled, from: FROM }));
  const layer: Layer = { name: 'user', settings };
  GIVEN.set(layer, given);
  return layer;
}
