import type { FlagDocument } from './document.generated.ts';
import type { Entries } from './entries.ts';
import type { Metadata } from './evaluation.ts';
import type { CompiledFlag } from './flag.ts';
import type { Issue } from './issue.ts';
import type { Scope, Test } from './scope.ts';
import type { FlagSet } from './source.ts';
import type { Vocabulary } from './vocabulary.ts';

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

/** Everything in a document that flags may refer to, checked and compiled. */
export interface Words {
  /** Names and definitions; of segments only the names, so that a flag keeps no old document alive. */
  readonly vocabulary: Vocabulary;
  readonly segments: ReadonlyMap<string, Test>;
  readonly overrides: ReadonlyMap<string, unknown>;
  readonly issues: readonly Issue[];
  /** The definitions of the segments, by identity the sign of a change. */
  readonly segmentSources: ReadonlyMap<string, unknown>;
  /** Some segment can be reached by two ways. */
  readonly branching: boolean;
  /** Segments that each segment refers to. */
  readonly segmentUses: ReadonlyMap<string, readonly string[]>;
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

/** What a snapshot is made of: all but what is gathered when somebody asks for it. */
export type SnapshotParts = Omit<Snapshot, 'issues'> & {
  /** Issues of the document as a whole, and of what its flags refer to. */
  readonly documentIssues: readonly Issue[];
};

/**
 * The one implementation of `Snapshot`. A class, for its getter: an accessor in an object literal would make V8 read
 * every property of the object the slow way, at each evaluation.
 */
export class CompiledSnapshot implements Snapshot {
  readonly revision: string;
  readonly stale: FlagSet['stale'] | undefined;
  readonly document: FlagDocument;
  readonly flags: Entries<CompiledFlag>;
  readonly metadata: Metadata;
  readonly flagsChanged: readonly string[];
  readonly clock: () => number;
  readonly internals: Internals;
  readonly #documentIssues: readonly Issue[];

  constructor(parts: SnapshotParts) {
    this.revision = parts.revision;
    this.stale = parts.stale;
    this.document = parts.document;
    this.flags = parts.flags;
    this.metadata = parts.metadata;
    this.flagsChanged = parts.flagsChanged;
    this.clock = parts.clock;
    this.internals = parts.internals;
    this.#documentIssues = parts.documentIssues;
  }

  get issues(): readonly Issue[] {
    const issues = [...this.#documentIssues];
    this.flags.forEach((flag) => {
      for (const issue of flag.issues) issues.push(issue);
    });
    return issues;
  }
}

/** Flags whose newest definition cannot be used. */
export function degradedFlags(snapshot: Snapshot | undefined): readonly string[] {
  const keys: string[] = [];
  snapshot?.flags.forEach((flag, key) => {
    if (flag.lastGood || (flag.definition === undefined && flag.source !== undefined)) keys.push(key);
  });
  return keys;
}

/** How many flags there are, and how many of them are enabled. */
export interface FlagCounts {
  readonly flags: number;
  readonly activeFlags: number;
}

const NONE: FlagCounts = { flags: 0, activeFlags: 0 };
const COUNTS: WeakMap<Snapshot, FlagCounts> = new WeakMap();

/** How many flags there are, counted once for each snapshot, at first use; builds none of them. */
export function flagCounts(snapshot: Snapshot | undefined): FlagCounts {
  if (snapshot === undefined) return NONE;
  let counts = COUNTS.get(snapshot);
  if (counts === undefined) {
    counts = counted(snapshot);
    COUNTS.set(snapshot, counts);
  }
  return counts;
}

function counted(snapshot: Snapshot): FlagCounts {
  let activeFlags = 0;
  snapshot.flags.forEach(({ definition }) => {
    if (definition !== undefined && definition.enabled !== false && definition.state !== 'DISABLED') activeFlags++;
  });
  return { flags: snapshot.flags.size, activeFlags };
}
