import { jsonEqual } from '@flagwright/core';
import { type Item, keyOf } from '../reading/item.ts';

/** What became of a resource between two looks. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** As it is now; as it was, if it is gone. */
  readonly item: Item;
}

/** Resources by what tells them apart. */
export type Known = ReadonlyMap<string, Item>;

/** Resources as they were found, to be compared with later. */
export function knownOf(items: readonly Item[]): Known {
  return new Map(items.map((item) => [keyOf(item), item]));
}

/**
 * What is other between two whole sets: first what is there now, in its order, then what is gone. What is worked out of
 * other resources counts, too, as in how many stages a flag is enabled.
 */
export function changesBetween(before: Known, now: Known): readonly Change[] {
  const changes: Change[] = [];
  for (const [key, item] of now) {
    const was = before.get(key);
    if (was === undefined) changes.push({ type: 'ADDED', item });
    else if (was.version !== item.version || !jsonEqual(was, item)) changes.push({ type: 'MODIFIED', item });
  }
  for (const [key, item] of before) if (!now.has(key)) changes.push({ type: 'DELETED', item });
  return changes;
}
