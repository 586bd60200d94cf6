import { createHash } from 'node:crypto';
import type { FlagSet } from '@flagwright/core';
import { revisionOf } from './revision.ts';

/** What a server sent last, and the set that was made of it. */
export interface Entity {
  /** Its entity tag as it was sent; undefined if it had none. */
  readonly tag: string | undefined;
  /** The revision that its tag stands for, or that its content has. */
  readonly said: string;
  /** A hash of its content. */
  readonly digest: string;
  /** Without what was said of being stale. */
  readonly set: FlagSet;
}

/**
 * Names the content of an answer. The revision is what the tag stands for, so that it is the same on both ends of a
 * `storeHandler`; a hash of the content where there is no tag; and both where the tag is that of `last` and the content
 * is not, for a change must be seen although a server did not change its tag.
 */
export function identify(
  bytes: Uint8Array,
  etag: string | null,
  last: Entity | undefined,
): Omit<Entity, 'set'> & { readonly revision: string } {
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
  const tagged = revisionOf(etag);
  if (tagged === undefined) return { tag: undefined, said: `http.${digest}`, digest, revision: `http.${digest}` };
  const other = last?.said === tagged && last.digest !== digest;
  return { tag: etag!, said: tagged, digest, revision: other ? `${tagged}~${digest}` : tagged };
}
