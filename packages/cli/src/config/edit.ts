import { isRecord } from '@flagwright/core';
import type { ConfigFile } from './read.ts';
import type { Document } from './write.ts';

/** The lists of a configuration. */
type List = 'contexts' | 'tokens';

/** Members to change; undefined takes one out. */
export type Changes = Readonly<Record<string, string | undefined>>;

/** A configuration with another member of its own. */
export function withMember(document: Document, name: string, value: unknown): Document {
  const { [name]: _, ...rest } = document;
  if (value === undefined) return rest;
  return Object.hasOwn(document, name) ? { ...document, [name]: value } : { ...rest, [name]: value };
}

/** A configuration whose item of a name is another one, which is added if there is none; undefined takes it out. */
export function withItem(document: Document, list: List, name: string, item: Document | undefined): Document {
  const items = itemsOf(document, list);
  const there = items.some((one) => nameOf(one) === name);
  const changed = there
    ? items.flatMap((one) => (nameOf(one) !== name ? [one] : item === undefined ? [] : [item]))
    : item === undefined
      ? items
      : [...items, item];
  return { ...document, [list]: changed };
}

/** The item of a name, as it is written; undefined if there is none. */
export function itemIn({ document }: Pick<ConfigFile, 'document'>, list: List, name: string): Document | undefined {
  return itemsOf(document, list).find((one) => nameOf(one) === name) as Document | undefined;
}

/** A map with some members changed, in their order. */
export function changed(map: unknown, changes: Changes): Document {
  let result: Document = isRecord(map) ? map : {};
  for (const [name, value] of Object.entries(changes)) result = withMember(result, name, value);
  return result;
}

function itemsOf(document: Document, list: List): readonly unknown[] {
  const items = Object.hasOwn(document, list) ? document[list] : undefined;
  return Array.isArray(items) ? items : [];
}

const nameOf = (item: unknown): unknown => (isRecord(item) ? item.name : undefined);
