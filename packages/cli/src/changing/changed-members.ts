import { isRecord, jsonEqual } from '@flagwright/core';

/** The members of a spec that are others than before; null for those that are not there any more. */
export function changedMembers(before: unknown, after: unknown): Readonly<Record<string, unknown>> {
  const [was, is] = [before, after].map((spec) => new Map(Object.entries(isRecord(spec) ? spec : {})));
  const names = [...new Set([...is!.keys(), ...was!.keys()])];
  return Object.fromEntries(
    names.filter((name) => !jsonEqual(was!.get(name), is!.get(name))).map((name) => [name, is!.get(name) ?? null]),
  );
}
