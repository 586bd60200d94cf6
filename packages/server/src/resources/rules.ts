import type { Awaitable, Issue } from '@flagwright/core';
import type { Principal } from '../access/principal.ts';
import type { Transaction } from '../database/database.ts';
import type { Key, Kind, Resource } from './resource.ts';
import type { Author } from './write.ts';

/** A change of a resource on its way. */
export interface Scene<Spec> {
  readonly transaction: Transaction;
  readonly key: Key;
  readonly before: Resource<Spec> | undefined;
  readonly who: Principal;
  readonly by: Author;
  /** Whether the caller insists: past a protection, if allowed to, and past checks that may be overridden. */
  readonly force: boolean;
  /** Whether force has gone past a version already: the history says so, whatever the rules make of it. */
  readonly overridden?: boolean | undefined;
  readonly comment: string | undefined;
}

/** What a change did beside writing the resource. */
export interface Landed {
  readonly warnings?: readonly Issue[] | undefined;
  /** Whether something was overridden by force. */
  readonly forced?: boolean | undefined;
}

/** A spec whose names are in their place. */
export interface Named<Spec> {
  readonly spec: Spec;
  readonly warnings: readonly Issue[];
}

/** What is particular of a kind of resource: the only place where kinds differ in being written. */
export interface Rules<Spec> {
  readonly kind: Kind;
  /** The form in which a spec is stored; it has its shape already. */
  normal(spec: Spec, key: Key): Spec;
  /** A spec with names where something else stands for them, and what is doubtful about that. Default: as it is. */
  named?(scene: Pick<Scene<Spec>, 'transaction' | 'key'>, spec: Spec): Awaitable<Named<Spec>>;
  /** Throws `Problem` if it may not be written so, and tells what is doubtful. */
  check(scene: Scene<Spec>, next: Spec): Promise<Landed>;
  /** What follows when it is written, in the same transaction. */
  written?(scene: Scene<Spec>, after: Resource<Spec>): Promise<void>;
  /** Throws `Problem('IN_USE')` if it may not go. */
  release?(scene: Scene<Spec> & { readonly before: Resource<Spec> }): Promise<Landed>;
  /** What follows when it is gone, in the same transaction. */
  gone?(scene: Scene<Spec> & { readonly before: Resource<Spec> }): Promise<void>;
}
