import { type ClauseDefinition, type FlagDefinition, isRecord, parseLogic, type Snapshot } from '@flagwright/core';
import { logicReads } from './logic-reads.ts';
import type { Reader } from './reader.ts';
import { variantsOf } from './variants.ts';

/**
 * One comparison of an attribute: in the words of clauses, or `bucket`: it is hashed, `truthy`: its truth is asked for,
 * `variant`: it may be the name of a variant, `within`: it may be a part of a text, `element`: it may be a list with such
 * elements, `around`: something that is made of it is compared with such values.
 */
export interface Use {
  readonly operator: string;
  readonly values: readonly unknown[];
  /** Of two sets, one alone asks for these. */
  readonly changed?: boolean;
}

/** Words of uses that say nothing of the type of an attribute. */
export const UNTYPED: ReadonlySet<string> = new Set(['exists', 'variant', 'within', 'element', 'around']);

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

/** The attributes that a flag reads in one set or the other; what one of two alone asks for comes first. */
export function readsOfAll(snapshots: readonly Snapshot[], key: string): Reads {
  const [one, two = new Map<string, readonly Use[]>()] = snapshots.map((snapshot) => readsOf(snapshot, key));
  if (snapshots.length < 2) return one ?? two;
  const reads = new Map<string, readonly Use[]>();
  for (const name of new Set([...one!.keys(), ...two.keys()])) {
    const [before, after] = [one, two].map((side) => byOperator(side?.get(name) ?? [])) as [Values, Values];
    const [changed, rest]: [Use[], Use[]] = [[], []];
    for (const operator of new Set([...before.keys(), ...after.keys()])) {
      const [from, to] = [before.get(operator) ?? NONE, after.get(operator) ?? NONE];
      const apart = [...[...from].filter((value) => !to.has(value)), ...[...to].filter((value) => !from.has(value))];
      if (apart.length > 0) changed.push({ operator, values: apart, changed: true });
      rest.push({ operator, values: [...from].filter((value) => to.has(value)) });
    }
    reads.set(name, [...changed, ...rest]);
  }
  return reads;
}

type Values = ReadonlyMap<string, ReadonlySet<unknown>>;

const NONE: ReadonlySet<unknown> = new Set();

function byOperator(uses: readonly Use[]): Values {
  const found = new Map<string, Set<unknown>>();
  for (const { operator, values } of uses) {
    const known = found.get(operator);
    if (known === undefined) found.set(operator, new Set(values));
    else for (const value of values) known.add(value);
  }
  return found;
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
      const uses = found.get(attribute) ?? [];
      uses.push({ operator, values });
      found.set(attribute, uses);
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
    if (rollout !== undefined) reader.read(keyed(rollout.bucketBy ?? 'key'), 'bucket');
    else if (percentage !== undefined) reader.read('targetingKey', 'bucket');
  }
  if (isRecord(fallthrough) && isRecord(fallthrough.rollout)) {
    reader.read(keyed((fallthrough.rollout.bucketBy as string | undefined) ?? 'key'), 'bucket');
  }
  if (Array.isArray(variants) && variants.some(({ weight = 0 }) => weight > 0)) reader.read('targetingKey', 'bucket');
  if (targeting !== undefined && targeting !== null && targeting !== '') {
    const names = variantsOf(definition).map(({ name }) => name);
    logicReads(typeof targeting === 'string' ? parseLogic(targeting) : targeting, {
      ...reader,
      read(attribute, operator, values) {
        reader.read(attribute, operator, values);
        // what is asked for alone may be what the whole yields
        if (operator === 'truthy') reader.read(attribute, 'variant', names);
      },
    });
  }
}

/** Outside JSON Logic, `key` and `targetingKey` are one attribute. */
const keyed = (attribute: string): string => (attribute === 'key' ? 'targetingKey' : attribute);

function clauseReads({ attribute, operator, values = [] }: ClauseDefinition, reader: Reader): void {
  if (operator === 'inSegment') for (const name of values) reader.segment(name);
  else reader.read(keyed(attribute ?? ''), operator, values);
}
