import type { FlagDocument } from './document.generated.ts';
import type { Entries } from './entries.ts';
import type { Metadata } from './evaluation.ts';
import type { CompiledFlag } from './flag.ts';
import type { Issue } from './issue.ts';
import type { Memo, Scope, Test } from './scope.ts';
import type { FlagSet } from './source.ts';
import type { Words } from './words.ts';

/** A compiled set of flags: one revision, immutable. Made by `compile`, read by `evaluate`. */
export interface Snapshot {
  readonly revision: string;
  readonly stale: FlagSet['stale'] | undefined;
  readonly document: FlagDocument;
  readonly flags: Entries<CompiledFlag>;
  /** Metadata of the set, part of every evaluation. */
  readonly metadata: Metadata;
  /** What is wrong or doubtful in the document, in its order where known. */
  readonly issues: readonly Issue[];
  /** The flags whose answers may differ from the previous snapshot's, among them those that are gone. */
  readonly flagsChanged: readonly string[];
  /** Reads the time, in ms since the epoch, for flags that depend on it. */
  readonly clock: () => number;
  /** For compilation of the next snapshot and for evaluation; not for applications. */
  readonly internals: Internals;
}

/** What is known of the prerequisites between the flags of a snapshot. */
export interface Links {
  /** Prerequisites of the flags that have any. */
  readonly prerequisites: ReadonlyMap<string, readonly string[]>;
  /** Flags put out of use for lying on a cycle or having too long a chain, as they were loaded. */
  readonly broken: ReadonlyMap<string, CompiledFlag>;
  /** Some flag can be reached by two ways, so that answers are worth remembering within an evaluation. */
  readonly branching: boolean;
}

export interface Internals {
  /** The definitions as they were read. */
  readonly sources: Entries<unknown>;
  readonly words: Words;
  readonly links: Links;
  /** Some flag depends on the time. */
  readonly timed: boolean;
  /** No evaluation needs a time or a memory. */
  readonly simple: boolean;
  /** The scope of evaluations that need neither time nor memory. */
  readonly scope: Scope;
}

/** The scope of evaluations over these flags and segments, remembering answers where it has a memory. */
export function scopeOf(
  flags: Entries<CompiledFlag>,
  segments: ReadonlyMap<string, Test>,
  now: number,
  memo: Memo | undefined,
): Scope {
  return {
    now,
    memo,
    flag(key, context, scope) {
      if (scope.memo === undefined) return flags.get(key)?.answer(context, scope);
      let answer = scope.memo.flags.get(key);
      if (answer === undefined) {
        answer = flags.get(key)?.answer(context, scope);
        if (answer !== undefined) scope.memo.flags.set(key, answer);
      }
      return answer;
    },
    inSegment(name, context, scope) {
      if (scope.memo === undefined) return segments.get(name)?.(context, scope) === true;
      let found = scope.memo.segments.get(name);
      if (found === undefined) {
        found = segments.get(name)?.(context, scope) === true;
        scope.memo.segments.set(name, found);
      }
      return found;
    },
  };
}
