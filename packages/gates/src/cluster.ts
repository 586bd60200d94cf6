import { evaluate, type FlagDefinition, isRecord, type Metadata, type Snapshot } from '@flagwright/core';
import { ALL_OF, badName, gateKey, gateName, KEY_PREFIX } from './names.ts';

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
export const REMEMBERED = 16;

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
  /** Keys under `feature.` that are no gates, with why: no names, no booleans, or a second spelling of a gate. */
  readonly strange: ReadonlyMap<string, string>;
  /** Programs whose gates are only shown in this set: `gateSource` is in it. */
  readonly shown: ReadonlySet<string>;
}

/**
 * The gates in a set of flags. A definition with rules is what it serves to an empty context; a disabled one is unset. Of
 * two spellings of one gate `feature.<name>` counts, and without it the one with the fewest prefixes.
 */
export function clusterGates(snapshot: Snapshot): ClusterGates {
  const gates = new Map<string, ClusterGate>();
  const strange = new Map<string, string>();
  const shown = new Set<string>();
  for (const key of snapshot.flags.keys()) {
    if (!key.startsWith(KEY_PREFIX)) continue;
    const definition = snapshot.internals.sources.get(key);
    const metadata: Metadata =
      isRecord(definition) && isRecord(definition.metadata) ? (definition.metadata as Metadata) : {};
    if (metadata[MARKS.shown] !== undefined) {
      shown.add(String(metadata[MARKS.shown]));
      continue;
    }
    const name = gateName(key);
    const why = Object.hasOwn(ALL_OF, name) ? undefined : badName(name);
    if (why !== undefined) {
      strange.set(key, why);
      continue;
    }
    const evaluation = evaluate(snapshot, key, 'boolean', {});
    if (evaluation.reason === 'ERROR') {
      strange.set(key, evaluation.errorMessage);
      continue;
    }
    const { [MARKS.write]: write, [MARKS.replaced]: replaced } = metadata;
    const gate: ClusterGate = {
      key,
      enabled: evaluation.reason === 'OFF' ? undefined : (evaluation.value as boolean | undefined),
      definition,
      write: typeof write === 'string' ? write : undefined,
      replaced: typeof replaced === 'string' ? replaced.split(' ').filter((id) => id !== '') : [],
    };
    const other = gates.get(name);
    if (other === undefined) gates.set(name, gate);
    else {
      const [counts, not] = key.length < other.key.length ? [gate, other] : [other, gate];
      gates.set(name, counts);
      strange.set(not.key, `a second spelling of ${gateKey(name)}; ${counts.key} counts`);
    }
  }
  return { gates, strange, shown };
}

/**
 * The definition of a gate that is set, or of one that is unset: a tombstone. `before` is what it replaces, of which
 * name, description, owner, tags, time of making and other metadata stay, and nothing that decides.
 */
export function clusterDefinition(
  enabled: boolean | undefined,
  write: string,
  before: ClusterGate | undefined,
): FlagDefinition {
  const replaced = before?.write === undefined ? [] : [before.write, ...before.replaced].slice(0, REMEMBERED);
  const { metadata: kept, ...rest } = authored(before?.definition);
  const metadata = {
    ...kept,
    [MARKS.write]: write,
    ...(replaced.length === 0 ? {} : { [MARKS.replaced]: replaced.join(' ') }),
  };
  return {
    type: 'bool',
    ...(enabled === undefined ? { enabled: false } : {}),
    default: enabled ?? false,
    ...rest,
    metadata,
  };
}

const TEXTS = ['name', 'description', 'owner', 'createdAt', 'created_at'] as const;

/** What people have written about a gate in its definition. Only of the right types, so that no fault is handed on. */
function authored(definition: unknown): Pick<FlagDefinition, (typeof TEXTS)[number] | 'tags' | 'metadata'> {
  if (!isRecord(definition)) return {};
  const { tags, metadata } = definition;
  const ours: readonly string[] = Object.values(MARKS);
  const values = isRecord(metadata) ? Object.entries(metadata) : [];
  const kept = values.filter(([name, value]) => !ours.includes(name) && isMetadata(value));
  return {
    ...Object.fromEntries(TEXTS.map((name) => [name, definition[name]]).filter(([, text]) => typeof text === 'string')),
    ...(Array.isArray(tags) && tags.every((tag) => typeof tag === 'string') ? { tags } : {}),
    metadata: Object.fromEntries(kept) as Metadata,
  };
}

const isMetadata = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
