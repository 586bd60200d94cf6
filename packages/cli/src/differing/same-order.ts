import { isRecord } from '@flagwright/core';

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
