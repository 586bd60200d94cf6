import { compile, type FlagSet, isRecord } from '@flagwright/core';
import { isSection } from './documents.ts';

/**
 * Refuses what `compile` would refuse as a whole, before it takes the place of a good copy: throws
 * `FlagError('PARSE_ERROR')`. What is wrong inside of an entry is for `compile` to tell.
 */
export function checkDocument({ document, revision }: FlagSet): void {
  const outside = Object.entries(document ?? {}).map(([name, section]: [string, unknown]) => {
    if (!isSection(name) || name === 'metadata') return [name, section];
    return [name, Array.isArray(section) ? [] : isRecord(section) ? {} : section];
  });
  compile({ document: isRecord(document) ? Object.fromEntries(outside) : document, revision });
}
