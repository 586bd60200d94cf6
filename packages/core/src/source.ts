import type { FlagDocument } from './document.generated.ts';
import type { Path, Place } from './issue.ts';

/** The kinds of entry that make a flag set; stores keep one row or field for each (kind, key). */
export type Kind = 'flag' | 'segment' | 'evaluator' | 'attribute' | 'metadata' | 'override';

export type Awaitable<T> = T | Promise<T>;
export type Unsubscribe = () => Awaitable<void>;

/** One revision of a whole set of flags, as read from somewhere. Immutable. */
export interface FlagSet {
  readonly document: FlagDocument;
  /** An opaque token; only equality means anything, except to the source that minted it. */
  readonly revision: string;
  /** This is a copy, served because its origin is away. `since` in ms since the epoch. */
  readonly stale?: { readonly since: number; readonly cause: unknown };
  /** Where a value stands in the text it came from, for sources that read text. */
  readonly locate?: (path: Path) => Place | undefined;
}

/** What a source tells its reader: hints, never data. They may be lost, doubled or early and nothing breaks. */
export interface Observer {
  /** Something may have changed: read again. */
  changed(): void;
  /** The subscription is over; the reader unsubscribes, backs off and subscribes anew. */
  failed(cause: unknown): void;
}

/** Everything that has flags: a file, a table, an overlay of two sources, the gates of a program. */
export interface FlagSource {
  /** A short name for logs and health, e.g. `file`. Never a DSN. */
  readonly name: string;
  /** The whole set, now. `previous` lets it travel as a difference. Throws `FlagError`. */
  read(previous?: FlagSet, signal?: AbortSignal): Promise<FlagSet>;
  /** Asks for hints. Resolves once armed: a change after that is hinted at. May reject `UNSUPPORTED`. */
  subscribe?(observer: Observer): Awaitable<Unsubscribe>;
  /** Ends only what the source itself created; may be called more than once. */
  close?(): Promise<void>;
}

/** One change to a set: `next` is the new definition, or `null` to delete. */
export interface Edit {
  /** `flag` when absent. */
  readonly kind?: Kind;
  readonly key: string;
  readonly next: unknown | null;
  /** What the entry must be now (`null`: absent), compared as canonical JSON; absent: whatever it is. */
  readonly was?: unknown;
}

/** A source that can be written. */
export interface FlagStore extends FlagSource {
  /** Applies all edits or none; resolves to the new revision. Throws `FlagError('CONFLICT')` if a `was` is outdated. */
  commit(edits: readonly Edit[], by?: string): Promise<string>;
}
