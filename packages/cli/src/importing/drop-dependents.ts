import type { FlagDocument } from '@flagwright/core';
import { flagsByKey } from '../differing/flags-by-key.ts';
import type { Converted } from './convert.ts';

/** What requires a flag that is not imported cannot serve what it did. */
export function dropDependents(
  flags: Map<string, Converted>,
  { flags: all }: FlagDocument,
  refused: Map<string, string>,
): void {
  const known = flagsByKey(all);
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const key of [...flags.keys()]) {
      const lost = known.get(key)?.prerequisites?.find((one) => refused.has(one.key));
      if (lost === undefined) continue;
      flags.delete(key);
      refused.set(key, `it requires ${lost.key}, which is not imported`);
      isChanged = true;
    }
  }
}
