import type { Issue, Snapshot } from '@flagwright/core';
import { clusterGates } from './cluster.ts';
import type { GateSetting, Layer } from './layer.ts';

/** The layer that a set of flags lays over the gates of a program, and what in the set is none. */
export interface ClusterLayer {
  readonly layer: Layer;
  readonly issues: readonly Issue[];
}

/** What a set of flags says of gates, as a layer; sorted, so that the same content is the same layer. */
export function clusterLayer(snapshot: Snapshot, source: string, program: string): ClusterLayer {
  const { gates, strange, shown } = clusterGates(snapshot);
  const settings: GateSetting[] = [];
  for (const [name, { key, enabled }] of gates) {
    if (enabled !== undefined) settings.push({ name, enabled, from: `${key} in ${source}` });
  }
  settings.sort((one, other) => (one.name < other.name ? -1 : 1));
  const issues = [...strange].map(
    ([key, why]): Issue => ({
      severity: 'warning',
      code: 'strange-key',
      path: ['cluster', key],
      message: `this is no gate, and sets none: ${why}`,
    }),
  );
  if (shown.has(program)) issues.push(loop(source, program));
  return { layer: { name: 'cluster', settings }, issues };
}

/** A gate that is shown in the set hides what the cluster has under the same key, and is never read back. */
const loop = (source: string, program: string): Issue => ({
  severity: 'warning',
  code: 'own-gates',
  path: ['cluster'],
  message: `${source} holds the gates of ${program} itself, as gateSource shows them: they set nothing`,
  hint: 'follow the store alone, and lay gateSource over it only where flags are read',
});
