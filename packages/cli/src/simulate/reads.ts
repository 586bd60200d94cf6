import { type ClauseDefinition, type FlagDefinition, isRecord, parseLogic, type Snapshot } from '@flagwright/core';
import { logicReads } from './logic-reads.ts';
import type { Reader } from './reader.ts';

/** One comparison of an attribute: in the words of clauses, or `bucket`: it is hashed, or `truthy`: its truth is asked for. */
export interface Use {
  readonly operator: string;
  readonly values: readonly unknown[];
}

/** The attributes that are read, and how; `targetingKey` under that name. */
export type Reads = ReadonlyMap<string, readonly Use[]>;

/** All that the answers of a flag depend on, directly or not. */
export interface Uses {
  readonly reads: Reads;
  /** By their names, as those of `$evaluators`. */
  readonly segments: ReadonlySet<string>;
  readonly evaluators: ReadonlySet<string>;
  /** The keys of its prerequisites, and of theirs. */
  readonly flags: ReadonlySet<string>;
}

/** The attributes that a flag reads, with its prerequisites, its segments and the evaluators it refers to. */
export function readsOf(snapshot: Snapshot, key: string): Reads {
  return usesOf(snapshot, key).reads;
}

/** The attributes that a flag reads in one set or the other. */
export function readsOfAll(snapshots: readonly Snapshot[], key: string): Reads {
  const reads = new Map<string, readonly Use[]>();
  for (const snapshot of snapshots) {
    for (const [name, uses] of readsOf(snapshot, key)) reads.set(name, [...(reads.get(name) ?? []), ...uses]);
  }
  return reads;
}

/** What a flag depends on beside its own definition. */
export function usesOf(snapshot: Snapshot, key: string): Uses {
  const { segments = {}, $evaluators = {} } = snapshot.document;
  const found = new Map<string, Use[]>();
  const done = { segment: new Set<string>(), evaluator: new Set<string>(), flag: new Set<string>() };
  const once = (kind: keyof typeof done, name: unknown, look: () => void): void => {
    const id = String(name);
    if (done[kind].has(id)) return;
    done[kind].add(id);
    look();
  };
  const reader: Reader = {
    read(attribute, operator, values = []) {
      if (attribute === '' || attribute.startsWith('$flagd')) return;
      const name = attribute === 'key' ? 'targetingKey' : attribute;
      const uses = found.get(name) ?? [];
      uses.push({ operator, values });
      found.set(name, uses);
    },
    segment(name) {
      once('segment', name, () => {
        const segment = Object.hasOwn(segments, name as string) ? segments[name as string] : undefined;
        const listed = [...(segment?.included ?? []), ...(segment?.excluded ?? [])];
        if (listed.length > 0) reader.read('targetingKey', 'eq', listed);
        for (const { clauses } of segment?.rules ?? []) for (const clause of clauses) clauseReads(clause, reader);
      });
    },
    evaluator(name) {
      once('evaluator', name, () => {
        if (Object.hasOwn($evaluators, name as string)) logicReads($evaluators[name as string], reader);
      });
    },
  };
  const flag = (name: string): void =>
    once('flag', name, () => {
      const definition = snapshot.flags.get(name)?.definition;
      if (definition === undefined) return;
      flagReads(definition, reader);
      for (const { key: needed } of definition.prerequisites ?? []) flag(needed);
    });
  flag(key);
  done.flag.delete(key);
  return { reads: found, segments: done.segment, evaluators: done.evaluator, flags: done.flag };
}

function flagReads(definition: FlagDefinition, reader: Reader): void {
  const { rules = [], targets = [], fallthrough, variants, targeting } = definition;
  for (const { values } of targets) reader.read('targetingKey', 'eq', values);
  for (const { clauses = [], percentage, rollout } of rules) {
    for (const clause of clauses) clauseReads(clause, reader);
    if (rollout !== undefined) reader.read(rollout.bucketBy ?? 'targetingKey', 'bucket');
    else if (percentage !== undefined) reader.read('targetingKey', 'bucket');
  }
  if (isRecord(fallthrough) && isRecord(fallthrough.rollout)) {
    reader.read((fallthrough.rollout.bucketBy as string | undefined) ?? 'targetingKey', 'bucket');
  }
  if (Array.isArray(variants) && variants.some(({ weight = 0 }) => weight > 0)) reader.read('targetingKey', 'bucket');
  if (targeting !== undefined && targeting !== null && targeting !== '') {
    logicReads(typeof targeting === 'string' ? parseLogic(targeting) : targeting, reader);
  }
}

function clauseReads({ attribute, operator, values = [] }: ClauseDefinition, reader: Reader): void {
  if (operator === 'inSegment') for (const name of values) reader.segment(name);
  else reader.read(attribute ?? '', operator, values);
}
