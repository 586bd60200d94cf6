import { checkSource, type FlagSource } from '@flagwright/core';
import { type ClusteredGates, type ClusterOptions, followCluster } from './follow-cluster.ts';
import type { Gates } from './gates.ts';
import { checkGatesGiven, checkOptionsGiven } from './given-gates.ts';
import { gatesHolder, type LiveGates } from './holder.ts';

export type { ClusteredGates, ClusterHealth, ClusterOptions } from './follow-cluster.ts';
export type { GatesListener, LiveGates } from './holder.ts';

/** Holds gates that may change while a program runs. Throws `FlagError('INVALID_ARGUMENT')` for what is no gates. */
export function liveGates<N extends string>(gates: Gates<N>): LiveGates<N>;
/**
 * Holds gates whose `cluster` layer follows a source: whatever that has under `feature.` as boolean flags. The gates are
 * swapped when the layer has changed, and not otherwise.
 *
 * While the source is away, the last layer stays; until it has been read once, there is none, and the other layers
 * decide. That is told in `health` and in one warning. So are gates that are not declared, and everything else that
 * cannot be followed. Throws `FlagError('INVALID_ARGUMENT')` for what is no gates, no source, or no options.
 */
export function liveGates<N extends string>(
  gates: Gates<N>,
  source: FlagSource,
  options?: ClusterOptions,
): ClusteredGates<N>;
export function liveGates<N extends string>(
  gates: Gates<N>,
  source?: FlagSource,
  options: ClusterOptions = {},
): LiveGates<N> | ClusteredGates<N> {
  checkGatesGiven(gates);
  checkOptionsGiven(options);
  if (source !== undefined) checkSource(source);
  const holder = gatesHolder(gates);
  return source === undefined ? holder : followCluster(holder, source, options);
}
