import type { Value } from './entry.ts';

/** Which way gates go: `two-way`; `push-only` leaves the local gates alone, `pull-only` the cluster. */
export type SyncMode = 'two-way' | 'push-only' | 'pull-only';

/**
 * How far a node has come: `joining` until it has taken what the cluster knows, then `pulled`, and `joined` once it has
 * been in step.
 */
export type Standing = 'joining' | 'pulled' | 'joined';

/** All that a decision about one gate depends on. */
export interface Situation {
  readonly local: Value;
  /** Undefined: the cluster does not know the gate, which is not the same as its being unset there. */
  readonly cluster: { readonly enabled: Value } | undefined;
  /** What both last agreed on. Undefined: nothing is remembered; of a node that has joined, that it was not set. */
  readonly agreed: { readonly value: Value } | undefined;
  readonly standing: Standing;
  readonly mode: SyncMode;
}

/**
 * What to do with one gate:
 *
 * - `agree`: both sides are the same, and that is remembered
 * - `push`: the local value goes to the cluster
 * - `pull`: the cluster's value goes to the local gates
 * - `note`: the local value is remembered as the one that the cluster was found to differ from, and nothing is done
 * - `hold`: a difference stays, because the mode does not let it through, or a node that is joining does not yet
 */
export type Action = 'agree' | 'push' | 'pull' | 'note' | 'hold';

export interface Decision {
  readonly action: Action;
  /** Both sides have changed, each to another value. */
  readonly conflict: boolean;
}

/**
 * Decides about one gate by comparing three values: what the node has, what the cluster has, and what both last agreed
 * on.
 *
 * Whoever has changed it gives it to the other. If both have, the local change goes on top, so that the last write in
 * the order of the server wins; only `pull-only` takes the cluster's. A node that has not joined takes whatever the
 * cluster knows of gates that it remembers nothing of, tombstones too, and gives only then what the cluster does not
 * know.
 */
export function decide({ local, cluster, agreed, standing, mode }: Situation): Decision {
  const there = cluster?.enabled;
  if (local === there) return plain('agree');
  const give = standing === 'joining' ? 'hold' : 'push';
  if (agreed === undefined && standing !== 'joined') {
    if (cluster !== undefined) return plain(mode === 'push-only' ? 'note' : 'pull');
    return plain(mode === 'pull-only' ? 'hold' : give);
  }
  const here = local !== agreed?.value;
  const elsewhere = there !== agreed?.value;
  if (mode === 'pull-only') return elsewhere ? { action: 'pull', conflict: here } : plain('hold');
  if (!here) return plain(mode === 'push-only' ? 'hold' : 'pull');
  return { action: give, conflict: elsewhere && give === 'push' };
}

function plain(action: Action): Decision {
  return { action, conflict: false };
}
