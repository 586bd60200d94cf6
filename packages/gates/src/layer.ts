import type { Place } from '@flagwright/core';

const NAMES = ['override', 'flag', 'env', 'file', 'cluster', 'local', 'user'] as const;

/**
 * Where a value may come from, highest first: set by the program itself, the command line, the environment, a
 * configuration file given to the program, the cluster, the file that is kept in step with the cluster, and what users
 * of a library set through its API. Locked gates are above them all, declared defaults below. Frozen: it is the
 * precedence itself.
 */
export const LAYERS: typeof NAMES = Object.freeze(NAMES);

export type LayerName = (typeof LAYERS)[number];

/** Layers that are written elsewhere, perhaps by another version: what cannot be followed there is told, not thrown. */
export const LENIENT: ReadonlySet<LayerName> = new Set<LayerName>(['cluster', 'local']);

/** One gate set somewhere. */
export interface GateSetting {
  /** As it was written: the name, or `feature.` and the name; `AllAlpha` and `AllBeta` too. */
  readonly name: string;
  readonly enabled: boolean;
  /** Who says so, for people: `--feature-gates`, `ZARF_FEATURES`, `gates.yaml`. Never a secret. */
  readonly from: string;
  readonly place?: Place | undefined;
}

/** All that one source sets. Whether its names are known is checked where it is laid over the declarations. */
export interface Layer {
  readonly name: LayerName;
  readonly settings: readonly GateSetting[];
}

/** A layer from names and values, for programs and tests. */
export function layer(name: LayerName, values: Readonly<Record<string, boolean>>, from: string = name): Layer {
  return { name, settings: Object.entries(values).map(([gate, enabled]) => ({ name: gate, enabled, from })) };
}
