import type { FlagDocument, SegmentDefinition } from './document.generated.ts';
import { inspectGraph, MAX_CHAIN, reachingAny } from './graph.ts';
import type { Issue, Report } from './issue.ts';
import { notJson } from './json.ts';
import type { Test } from './scope.ts';
import { compileSegment } from './segment.ts';
import type { Snapshot, Words } from './snapshot.ts';
import { checkSegment, checkVocabulary } from './validate/document.ts';
import type { Vocabulary } from './vocabulary.ts';
import { readVocabulary } from './vocabulary.ts';

/** Reads, checks and compiles all but the flags of a document; the previous words if nothing of it changed. */
export function readWords(
  document: FlagDocument,
  previous: Snapshot | undefined,
  locate: (issue: Issue) => Issue,
): Words {
  if (
    previous !== undefined &&
    (['segments', '$evaluators', 'attributes', 'overrides'] as const).every(
      (kind) => previous.document[kind] === document[kind],
    )
  ) {
    return previous.internals.words;
  }
  const issues: Issue[] = [];
  const report: Report = (issue) => {
    issues.push(locate(issue));
  };
  const words = readVocabulary(document);
  checkVocabulary(document, words, report);
  const { segments, uses } = compileSegments(words, previous?.internals.words.segments, report);
  return {
    vocabulary: { ...words, segments: new Map([...segments.keys()].map((name) => [name, true])) },
    segments: new Map([...removedSegments(previous, words, uses), ...segments]),
    overrides: new Map(Object.entries(document.overrides ?? {}).filter(([, value]) => notJson(value) === undefined)),
    issues,
    segmentSources: words.segments,
    // a segment that refers to two that refer further
    branching: [...uses.values()].some((inner) => inner.filter((name) => (uses.get(name)?.length ?? 0) > 0).length > 1),
    segmentUses: uses,
  };
}

function compileSegments(
  words: Vocabulary,
  previous: ReadonlyMap<string, Test> | undefined,
  report: (issue: Issue) => void,
): { readonly segments: ReadonlyMap<string, Test>; readonly uses: ReadonlyMap<string, readonly string[]> } {
  const uses = new Map<string, string[]>();
  const sound = new Set<string>();
  for (const [name, raw] of words.segments) {
    const inner: string[] = [];
    uses.set(name, inner);
    const use = (dependency: string): void => {
      if (dependency.startsWith('segment:')) inner.push(dependency.slice('segment:'.length));
    };
    if (checkSegment(name, raw, words, use, report)) sound.add(name);
  }
  const faults = inspectGraph(uses);
  for (const [name, cycle] of faults.cycles) {
    sound.delete(name);
    report({
      severity: 'error',
      code: 'cycle',
      path: ['segments', name],
      message: `segments refer to each other: ${cycle.join(' → ')}`,
      hint: 'break the circle; nobody is in these segments',
    });
  }
  for (const name of faults.tooDeep) {
    sound.delete(name);
    report({
      severity: 'error',
      code: 'too-deep',
      path: ['segments', name],
      message: `segments nested more than ${MAX_CHAIN} deep`,
    });
  }
  const segments = new Map<string, Test>();
  // one that cannot be used stays as it was when it was last good; if it never was, flags that name it are told
  for (const name of words.segments.keys()) {
    const test = sound.has(name) ? compileSegment(words.segments.get(name) as SegmentDefinition) : previous?.get(name);
    if (test !== undefined) segments.set(name, test);
  }
  return { segments, uses };
}

/** What differs between two sets of words, as flags name what they use: `segment:x`, `evaluator:x`, `attribute:x`, `override:x`. */
export function changedWords(before: Words, words: Words): ReadonlySet<string> {
  const changed = new Set<string>();
  if (before === words) return changed;
  const compare = (kind: string, a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): void => {
    for (const [name, value] of a) if (b.get(name) !== value || !b.has(name)) changed.add(`${kind}:${name}`);
    for (const name of b.keys()) if (!a.has(name)) changed.add(`${kind}:${name}`);
  };
  compare('segment', before.segmentSources, words.segmentSources);
  compare('evaluator', before.vocabulary.evaluators, words.vocabulary.evaluators);
  compare('attribute', before.vocabulary.attributes, words.vocabulary.attributes);
  compare('override', before.overrides, words.overrides);
  // whether attributes are declared at all decides which warnings there are
  if ((before.vocabulary.attributes.size === 0) !== (words.vocabulary.attributes.size === 0)) changed.add('attributes');
  const segments = new Set(
    [...changed].filter((name) => name.startsWith('segment:')).map((name) => name.slice('segment:'.length)),
  );
  if (segments.size > 0) for (const name of reachingAny(words.segmentUses, segments)) changed.add(`segment:${name}`);
  return changed;
}

/**
 * Segments that are gone, as they were, for the flags and segments that name them still: those keep their last good
 * form, which is none without the segment.
 */
function removedSegments(
  previous: Snapshot | undefined,
  words: Vocabulary,
  uses: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, Test> {
  const removed = new Map<string, Test>();
  for (const [name, test] of previous?.internals.words.segments ?? []) {
    if (!words.segments.has(name)) removed.set(name, test);
  }
  if (removed.size === 0) return removed;
  const named = new Set<string>();
  for (const inner of uses.values()) for (const name of inner) named.add(`segment:${name}`);
  previous?.flags.forEach((flag) => {
    for (const use of flag.facts?.uses ?? []) named.add(use);
  });
  for (const name of removed.keys()) if (!named.has(`segment:${name}`)) removed.delete(name);
  return removed;
}
