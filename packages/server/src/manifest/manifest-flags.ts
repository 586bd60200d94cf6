import type { JsonValue } from '@flagwright/core';
import type { Principal } from '../access/principal.ts';

/**
 * The types of flags in a manifest of the OpenFeature CLI. Its API names four and leaves out `float`, which the CLI reads
 * and writes nevertheless.
 */
export type ManifestType = 'boolean' | 'string' | 'integer' | 'float' | 'object';

/** A flag, as the code that uses it sees it. */
export interface ManifestFlag {
  readonly key: string;
  /** A display name. */
  readonly name?: string | undefined;
  readonly type: ManifestType;
  readonly description?: string | undefined;
  /** What code uses where nothing else is served. */
  readonly defaultValue: JsonValue;
}

/** What is written of a flag that is there: what is absent stays as it is. */
export interface ManifestChange extends Omit<ManifestFlag, 'defaultValue' | 'description'> {
  /** Null: none. */
  readonly description?: string | null | undefined;
  readonly defaultValue?: JsonValue | undefined;
}

/** A flag as it was stored. */
export interface StoredManifestFlag {
  readonly flag: ManifestFlag;
  readonly updatedAt: Date;
}

/** Who writes, for the history. */
export interface Writer {
  readonly who: Principal;
  readonly requestId: string;
}

/** The flags of projects, as far as manifests know them. Whatever is allowed was checked before. All throw `Problem`. */
export interface ManifestFlags {
  /** Those that are not archived, sorted by key. `NOT_FOUND` for a project that is not there. */
  list(project: string): Promise<readonly ManifestFlag[]>;
  /** `ALREADY_EXISTS` also for a key that is archived, `NOT_FOUND`, `INVALID_SPEC`. */
  create(project: string, flag: ManifestFlag, writer: Writer): Promise<StoredManifestFlag>;
  /** `NOT_FOUND`, `CONFLICT` for a flag that is archived, or of another type, `PROTECTED`, `INVALID_SPEC`. */
  replace(project: string, flag: ManifestChange, writer: Writer): Promise<StoredManifestFlag>;
  /** Resolves to when it was archived. `NOT_FOUND`, `CONFLICT` for one that is archived, `IN_USE`, `PROTECTED`. */
  archive(project: string, key: string, writer: Writer): Promise<Date>;
}
