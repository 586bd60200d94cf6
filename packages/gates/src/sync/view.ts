import type { Snapshot } from '@flagwright/core';
import { type ClusterGate, clusterGates } from '../cluster.ts';
import { gateKey, gateName } from '../names.ts';

/** The gates of a cluster, as a round looks at them. */
export interface View {
  readonly revision: string;
  /** By name; without those that are left alone. */
  readonly gates: ReadonlyMap<string, ClusterGate>;
  /** Names of gates that are left alone on both sides, and why: their definitions cannot be used, or are no booleans. */
  readonly left: ReadonlyMap<string, string>;
  /** Keys under `feature.` that are no gates, and why; those of `left` among them. */
  readonly strange: ReadonlyMap<string, string>;
  /** What stands in the store under the key of a gate; null if nothing does. */
  stored(name: string): unknown;
}

/** What a set of flags has of gates. */
export function viewOf(snapshot: Snapshot): View {
  const { gates, strange } = clusterGates(snapshot);
  const usable = new Map<string, ClusterGate>();
  const left = new Map<string, string>();
  const told = new Map(strange);
  for (const [name, gate] of gates) {
    // what it was when it was last good is an answer for those who ask, and none for those who write
    if (snapshot.flags.get(gate.key)?.lastGood !== true) usable.set(name, gate);
    else told.set(gate.key, 'its definition cannot be used');
  }
  for (const [key, why] of told) {
    const name = gateName(key);
    if (!usable.has(name)) left.set(name, why);
  }
  return {
    revision: snapshot.revision,
    gates: usable,
    left,
    strange: told,
    stored: (name) => snapshot.internals.sources.get(gateKey(name)) ?? null,
  };
}
