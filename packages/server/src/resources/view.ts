import type { PrerequisiteDefinition } from '@flagwright/core';
import type { Sql } from '../database/database.ts';
import type { Change } from './change.ts';
import type { Key, Kind, Resource } from './resource.ts';

/** What resources have in common that are looked for; what is not given may be anything. */
export interface Alike {
  readonly kind: Kind;
  readonly project?: string | undefined;
  readonly stage?: string | undefined;
  readonly id?: string | readonly string[] | undefined;
}

/** A flag or a stage definition that requires others. */
export interface Requiring {
  readonly kind: 'FeatureFlag' | 'FeatureFlagStage';
  readonly id: string;
  readonly stage: string;
  readonly wanted: readonly PrerequisiteDefinition[];
}

/**
 * What a transaction knows of resources without asking the database again: nobody else writes meanwhile. What it is told
 * to write it may keep for a while, and write together.
 */
export interface View {
  find<Spec, Status>(key: Key): Promise<Resource<Spec, Status> | undefined>;
  /** Undefined: the database is to be asked. */
  findAll<Spec, Status>(alike: Alike): Promise<readonly Resource<Spec, Status>[] | undefined>;
  /** All flags and stage definitions of a project that require others. */
  requiring(project: string): Promise<readonly Requiring[]>;
  /** As `put` of resources. */
  put<Spec, Status>(
    key: Key,
    content: { readonly spec: Spec; readonly status?: Status },
    before: Resource | undefined,
    change: Change,
  ): Promise<Resource<Spec, Status>>;
}

const views = new WeakMap<Sql, View>();

/** What is known beside a transaction; undefined of most. */
export function viewOf(sql: Sql): View | undefined {
  return views.get(sql);
}

/** Has all that reads and writes resources by a transaction ask the view. */
export function lookThrough(sql: Sql, view: View): void {
  views.set(sql, view);
}
