import { isRecord } from '@flagwright/core';
import type { Applied } from '@flagwright/server/client';
import { unified } from '../differing/unified.ts';
import { manifestYaml } from '../output/yaml.ts';
import type { Item } from './item.ts';

/** What a dry run says would change of an item, as a unified diff of its YAML; '' if nothing would. */
export function diffOf(
  { sent }: Item,
  { before, after, metadata }: Applied,
  names = { before: 'current', after: 'new' },
): string {
  const text = (spec: unknown): string =>
    manifestYaml({ apiVersion: sent.apiVersion, kind: sent.kind, metadata, spec });
  if (before === null || before === undefined) return unified('', text(after), names);
  return unified(text(before), text(sameOrder(after, before)), names);
}

/** A value with its members in the order of another one, for that says nothing; but that of variants does. */
export function sameOrder(value: unknown, like: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(like)) return value.map((item, i) => sameOrder(item, like[i]));
  if (!isRecord(value) || !isRecord(like)) return value;
  const names = [
    ...Object.keys(like).filter((name) => Object.hasOwn(value, name)),
    ...Object.keys(value).filter((name) => !Object.hasOwn(like, name)),
  ];
  return Object.fromEntries(
    names.map((name) => [name, name === 'variants' ? value[name] : sameOrder(value[name], like[name])]),
  );
}
