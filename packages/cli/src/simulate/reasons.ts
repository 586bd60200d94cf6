import { type FlagDefinition, isRecord, jsonEqual, preview, type Snapshot } from '@flagwright/core';
import { declaredType } from './derive.ts';
import { usesOf } from './reads.ts';

/** Something that differs between two sets, beside the definition of a flag, and that the flag depends on. */
export interface Reason {
  readonly kind: 'set' | 'override' | 'segment' | 'evaluator' | 'attribute' | 'prerequisite';
  /** In words: `segment "staff" differs`. */
  readonly text: string;
}

/** What differs between two sets that a flag depends on, directly or not, beside its own definition. */
export function reasonsOf(key: string, before: Snapshot, after: Snapshot): readonly Reason[] {
  const [one, two] = [before.document, after.document];
  const reasons: Reason[] = [];
  const add = (kind: Reason['kind'], text: string): void => void reasons.push({ kind, text });
  const override = overrideText(overrideOf(before, key), overrideOf(after, key));
  if (override !== undefined) add('override', override);
  const both = [usesOf(before, key), usesOf(after, key)];
  const named = (what: 'segments' | 'evaluators' | 'flags'): Iterable<string> =>
    new Set(both.flatMap((uses) => [...uses[what]]));
  if (one.bucketing !== two.bucketing) {
    add('set', `bucketing changes from ${preview(one.bucketing ?? null)} to ${preview(two.bucketing ?? null)}`);
  }
  for (const name of named('segments')) {
    if (!isSame(one.segments, two.segments, name)) add('segment', `segment ${JSON.stringify(name)} differs`);
  }
  for (const name of named('evaluators')) {
    if (!isSame(one.$evaluators, two.$evaluators, name)) add('evaluator', `evaluator ${JSON.stringify(name)} differs`);
  }
  for (const name of new Set(both.flatMap(({ reads }) => [...reads.keys()]))) {
    const [from, to] = [declaredType(before, name), declaredType(after, name)];
    // what is hashed, or is there or not, is so whatever its type
    const typed = both.some(({ reads }) => reads.get(name)?.some(({ operator }) => !UNTYPED.has(operator)));
    if (from === to || !typed) continue;
    const text = `the type of attribute ${JSON.stringify(name)} changes from ${from ?? 'none'} to ${to ?? 'none'}`;
    add('attribute', text);
  }
  for (const name of named('flags')) {
    const same = [before, after].map((snapshot) => plain(snapshot.flags.get(name)?.definition));
    const overridden = overrideText(overrideOf(before, name), overrideOf(after, name)) !== undefined;
    if (overridden || !jsonEqual(same[0], same[1])) add('prerequisite', `prerequisite ${JSON.stringify(name)} differs`);
  }
  return reasons;
}

const UNTYPED: ReadonlySet<string> = new Set(['bucket', 'exists']);

type Overridden = { readonly value: unknown } | undefined;

function overrideOf({ document: { overrides } }: Snapshot, key: string): Overridden {
  return isRecord(overrides) && Object.hasOwn(overrides, key) ? { value: overrides[key] } : undefined;
}

function overrideText(before: Overridden, after: Overridden): string | undefined {
  if (before === undefined) return after && `it is overridden with ${preview(after.value)}`;
  if (after === undefined) return `it is no longer overridden with ${preview(before.value)}`;
  if (jsonEqual(before.value, after.value)) return undefined;
  return `its override changes from ${preview(before.value)} to ${preview(after.value)}`;
}

function isSame(a: unknown, b: unknown, name: string): boolean {
  const [one, two] = [a, b].map((words) => (isRecord(words) && Object.hasOwn(words, name) ? [words[name]] : []));
  return jsonEqual(one, two);
}

function plain(definition: FlagDefinition | undefined): unknown {
  if (definition === undefined) return null;
  const { key: _, ...rest } = definition;
  return rest;
}
