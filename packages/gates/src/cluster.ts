import { evaluate, type FlagDefinition, isRecord, type Metadata, type Snapshot } from '@flagwright/core';
import { gateKey, gateName, KEY_PREFIX } from './names.ts';

/**
 * Gates in a store are boolean flags under `feature.<name>`, so that whoever reads the store as flags reads them too.
 * These are the names in the metadata of their definitions.
 */
export const MARKS = {
  /** The id of the write that made the definition. */
  write: 'gate.write',
  /** The ids of the writes before it, newest first, with spaces between. */
  replaced: 'gate.replaced',
  /** The definition only shows a gate that was decided in a program: no cluster value. */
  shown: 'gate.shown',
} as const;

/** How many earlier writes a definition remembers. */
const REMEMBERED = 16;

/** One gate as the cluster has it. */
export interface ClusterGate {
  /** The key it stands under; `feature.<name>` unless somebody doubled the prefix. */
  readonly key: string;
  /** Undefined: unset, by a tombstone. */
  readonly enabled: boolean | undefined;
  /** As stored, for the `was` of an edit. */
  readonly definition: unknown;
  /** The write that made it, if a gate's writer did. */
  readonly write: string | undefined;
  /** The writes it replaced, as far as they are remembered, newest first. */
  readonly replaced: readonly string[];
}

/** What the cluster says of gates. */
export interface ClusterGates {
  readonly gates: ReadonlyMap<string, ClusterGate>;
  /** Keys under `feature.` that are no gates, with why: no booleans, or a second spelling of a gate. */
  readonly strange: ReadonlyMap<string, string>;
}

/** The gates in a set of flags. A definition with rules is what it serves to an empty context; a disabled one is unset. */
export function clusterGates(snapshot: Snapshot): ClusterGates {
  const gates = new Map<string, ClusterGate>();
  const strange = new Map<string, string>();
  for (const key of snapshot.flags.keys()) {
    if (!key.startsWith(KEY_PREFIX)) continue;
    const name = gateName(key);
    const definition = snapshot.internals.sources.get(key);
    const metadata: Metadata =
      isRecord(definition) && isRecord(definition.metadata) ? (definition.metadata as Metadata) : {};
    if (metadata[MARKS.shown] !== undefined) continue;
    const evaluation = evaluate(snapshot, key, 'boolean', {});
    if (evaluation.reason === 'ERROR') {
      strange.set(key, evaluation.errorMessage);
      continue;
    }
    const other = gates.get(name);
    if (other !== undefined) strange.set(other.key === gateKey(name) ? key : other.key, `the gate is ${gateKey(name)}`);
    if (other?.key === gateKey(name)) continue;
    const { [MARKS.write]: write, [MARKS.replaced]: replaced } = metadata;
    gates.set(name, {
      key,
      enabled: evaluation.reason === 'OFF' ? undefined : (evaluation.value as boolean | undefined),
      definition,
      write: typeof write === 'string' ? write : undefined,
      replaced: typeof replaced === 'string' ? replaced.split(' ').filter((id) => id !== '') : [],
    });
  }
  return { gates, strange };
}

/** The definition of a gate that is set, or of one that is unset: a tombstone. `before` is what it replaces. */
export function clusterDefinition(
  enabled: boolean | undefined,
  write: string,
  before: ClusterGate | undefined,
): FlagDefinition {
  const replaced = before?.write === undefined ? [] : [before.write, ...before.replaced].slice(0, REMEMBERED);
  const metadata = {
    [MARKS.write]: write,
    ...(replaced.length === 0 ? {} : { [MARKS.replaced]: replaced.join(' ') }),
  };
  return { type: 'bool', ...(enabled === undefined ? { enabled: false } : {}), default: enabled ?? false, metadata };
}
