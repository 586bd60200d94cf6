import type { Issue } from '@flagwright/core';
import type { Difference } from '../resources/difference.ts';
import type { ChangeRequestSpec } from '../schema/resources.generated.ts';
import type { Ask } from './ask.ts';

/** A resource as it is sent. */
export interface Manifest<Spec> {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly id?: string;
    readonly project?: string;
    readonly stage?: string;
    readonly featureFlagId?: string;
  };
  readonly spec: Spec;
  /** The version that is changed; another one there is a conflict. */
  readonly version?: string;
  /** Why; kept in the history. */
  readonly comment?: string;
}

/** A change of a resource: a JSON merge patch (RFC 7396) of its spec. */
export interface Patch<Spec> {
  readonly spec: { readonly [Name in keyof Spec]?: Spec[Name] | null };
  readonly version?: string;
  readonly comment?: string;
}

/** A resource as it is answered. */
export interface Resource<Spec> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly spec: Spec;
  /** What the server knows of it beside. */
  readonly status?: Readonly<Record<string, unknown>>;
  /** Opaque. */
  readonly version: string;
  readonly modificationInfo: {
    readonly createdTime: string;
    readonly createdBy: string;
    readonly lastModifiedTime: string;
    readonly lastModifiedBy: string;
  };
}

/** A resource that was written. */
export interface Saved<Spec> extends Resource<Spec> {
  readonly result: 'created' | 'updated' | 'unchanged' | 'deleted' | 'applied' | 'closed';
  readonly warnings: readonly Issue[];
}

/** A page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly totalCount: number;
  readonly page: number;
  readonly pageSize: number;
}

export interface ListOptions {
  /** `name~checkout and type=BOOLEAN`. */
  readonly filter?: string | undefined;
  /** `-modificationInfo.lastModifiedTime`. */
  readonly sort?: string | undefined;
  /** From 1. Default: 1. */
  readonly page?: number | undefined;
  /** At most 1,000. Default: 100. */
  readonly pageSize?: number | undefined;
  /** Of flags: archived ones, too. */
  readonly archived?: boolean | undefined;
}

export interface WriteOptions {
  /** Checks everything, and changes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Overrides what may be overridden; kept in the history. */
  readonly force?: boolean | undefined;
  /** The version that is changed; another one there is a conflict. */
  readonly ifVersion?: string | undefined;
  /** Of a deletion: why. */
  readonly comment?: string | undefined;
}

/** One change of a resource. */
export interface HistoryEntry {
  readonly version: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly comment: string | null;
  readonly forced: boolean;
  readonly before: unknown;
  readonly after: unknown;
  readonly [more: string]: unknown;
}

/** The resources of a kind. All throw `ApiError`, or a `NoAnswer` if there was none. */
export interface Resources<Spec> {
  list(options?: ListOptions): Promise<Page<Resource<Spec>>>;
  /** All that a list has, page by page. */
  all(options?: Omit<ListOptions, 'page'>): AsyncIterable<Resource<Spec>>;
  get(id: string): Promise<Resource<Spec>>;
  create(manifest: Manifest<Spec>, options?: WriteOptions): Promise<Saved<Spec>>;
  /** Replaces it, or creates it. */
  replace(id: string, manifest: Manifest<Spec>, options?: WriteOptions): Promise<Saved<Spec>>;
  patch(id: string, patch: Patch<Spec>, options?: WriteOptions): Promise<Saved<Spec>>;
  delete(id: string, options?: WriteOptions): Promise<Saved<Spec>>;
  history(id: string, options?: Pick<ListOptions, 'page' | 'pageSize'>): Promise<Page<HistoryEntry>>;
  difference(id: string, from: string, to?: string): Promise<{ readonly differences: readonly Difference[] }>;
  /** Makes it what it was after a version, as a new change. */
  rollback(id: string, version: string, options?: WriteOptions): Promise<Saved<Spec>>;
}

/** The resources at a path of the API. */
export function resourcesAt<Spec>(ask: Ask, path: string): Resources<Spec> {
  const at = (id: string, more = ''): string => `${path}/${encodeURIComponent(id)}${more}`;
  const list = (options: ListOptions = {}): Promise<Page<Resource<Spec>>> =>
    ask('GET', path, { query: { ...options } }) as Promise<Page<Resource<Spec>>>;
  const write = (method: string, address: string, body: unknown, options: WriteOptions = {}): Promise<Saved<Spec>> => {
    const { dryRun, force, ifVersion, comment } = options;
    return ask(method, address, {
      query: { dryRun, force, ...(method === 'DELETE' ? { comment } : {}) },
      headers: ifVersion === undefined ? {} : { 'if-match': `"${ifVersion}"` },
      body,
    }) as Promise<Saved<Spec>>;
  };
  return {
    list,
    async *all(options = {}) {
      const pageSize = options.pageSize ?? 500;
      for (let page = 1; ; page++) {
        const { items } = await list({ ...options, page, pageSize });
        yield* items;
        if (items.length < pageSize) return;
      }
    },
    get: (id) => ask('GET', at(id)) as Promise<Resource<Spec>>,
    create: (manifest, options) => write('POST', path, manifest, options),
    replace: (id, manifest, options) => write('PUT', at(id), manifest, options),
    patch: (id, patch, options) => write('PATCH', at(id), patch, options),
    delete: (id, options) => write('DELETE', at(id), undefined, options),
    history: (id, options = {}) =>
      ask('GET', at(id, '/history'), { query: { ...options } }) as Promise<Page<HistoryEntry>>,
    difference: (id, from, to) =>
      ask('GET', at(id, '/history/diff'), { query: { from, to } }) as Promise<{
        readonly differences: readonly Difference[];
      }>,
    rollback: (id, version, options = {}) =>
      write(
        'POST',
        at(id, '/rollback'),
        { version, ...(options.comment === undefined ? {} : { comment: options.comment }) },
        options,
      ),
  };
}

/** Change requests: they are decided upon, and not deleted. */
export interface ChangeRequests extends Omit<Resources<ChangeRequestSpec>, 'delete' | 'rollback'> {
  /** Approves and applies one. */
  apply(
    id: string,
    options?: { readonly comment?: string; readonly force?: boolean },
  ): Promise<Saved<ChangeRequestSpec>>;
  /** Rejects one. */
  close(id: string, options?: { readonly comment?: string }): Promise<Saved<ChangeRequestSpec>>;
  /** What applying it would change for whom. */
  effect(id: string): Promise<unknown>;
}

export function changeRequestsAt(ask: Ask, path: string): ChangeRequests {
  const { delete: _, rollback: __, ...rest } = resourcesAt<ChangeRequestSpec>(ask, path);
  const at = (id: string, more: string): string => `${path}/${encodeURIComponent(id)}/${more}`;
  return {
    ...rest,
    apply: (id, body = {}) => ask('POST', at(id, 'apply'), { body }) as Promise<Saved<ChangeRequestSpec>>,
    close: (id, body = {}) => ask('POST', at(id, 'close'), { body }) as Promise<Saved<ChangeRequestSpec>>,
    effect: (id) => ask('GET', at(id, 'effect')),
  };
}
