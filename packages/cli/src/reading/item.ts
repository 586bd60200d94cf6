import type { Page, Resource } from '@flagwright/server/client';

/** A resource as it is answered, whatever its kind. */
export type Item = Resource<Readonly<Record<string, unknown>>>;

/** What a server answers for a list. */
export type List = Page<Item> & { readonly apiVersion: string };

/** What was read: one resource that was asked for by its id, or a list. */
export interface Found {
  readonly apiVersion: string;
  /** One by its id: shown as it is, not as a list. */
  readonly single: boolean;
  readonly items: readonly Item[];
  readonly totalCount: number;
  readonly page: number;
  readonly pageSize: number;
  /** Why some that were asked for by their ids are not here; the others are. */
  readonly missing?: Error | undefined;
}

/** By what a resource is told from all others. */
export function keyOf({ kind, id, metadata }: Item): string {
  return JSON.stringify([kind, metadata.project ?? '', metadata.stage ?? '', id]);
}
