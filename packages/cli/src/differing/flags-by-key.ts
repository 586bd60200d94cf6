import { type FlagDefinition, isRecord } from '@flagwright/core';

/** The flags of a document by their keys, in whatever form it has them. */
export function flagsByKey(flags: unknown): ReadonlyMap<string, FlagDefinition> {
  if (flags instanceof Map) return flags as ReadonlyMap<string, FlagDefinition>;
  if (Array.isArray(flags)) {
    const keyed = flags.flatMap((flag: unknown) => {
      if (!isRecord(flag) || typeof flag.key !== 'string') return [];
      const { key, ...definition } = flag;
      return [[flag.key, definition as FlagDefinition] as const];
    });
    return new Map(keyed);
  }
  return new Map(isRecord(flags) ? (Object.entries(flags) as [string, FlagDefinition][]) : []);
}
