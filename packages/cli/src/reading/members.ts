import { isRecord } from '@flagwright/core';

/** A member that is a text, a number or a boolean, as text; undefined for others, and for an empty text. */
export function textIn(of: unknown, name: string): string | undefined {
  if (!isRecord(of) || !Object.hasOwn(of, name)) return undefined;
  const value = of[name];
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** Texts in a line; `-` if there are none. */
export function textsIn(list: unknown): string {
  return Array.isArray(list) && list.length > 0 ? list.map(String).join(', ') : '-';
}

/** All owners, or the first and how many more there are. */
export function ownersOf(of: Readonly<Record<string, unknown>>, all: boolean): string {
  const owners = Array.isArray(of.owners) ? of.owners.map(String) : [];
  if (all || owners.length < 2) return textsIn(owners);
  return `${owners[0]} +${owners.length - 1}`;
}

/** Whether a member says anything: neither nothing nor an empty list. */
export function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

/** A variant by its name. */
export interface Variant {
  readonly name: string;
  readonly value: unknown;
  readonly weight?: unknown;
}

/** The variants of a flag, in their order; a boolean flag without any has `off` and `on`. */
export function variantsOf({ variants, type }: Readonly<Record<string, unknown>>): readonly Variant[] {
  if (Array.isArray(variants)) return (variants as readonly Variant[]).filter(isRecord) as readonly Variant[];
  if (isRecord(variants)) return Object.entries(variants).map(([name, value]) => ({ name, value }));
  if (type !== 'BOOLEAN' && type !== 'boolean') return [];
  return [
    { name: 'off', value: false },
    { name: 'on', value: true },
  ];
}
