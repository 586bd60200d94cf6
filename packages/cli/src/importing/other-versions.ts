import type { FlagDocument } from '@flagwright/core';
import type { Converted } from './convert.ts';
import { mentionsAsValue } from './mentions.ts';

/** Why a flag may serve something else for a context that was not looked at; undefined if its attributes are versions as before. */
export function otherVersions(
  { targeting }: Converted['definition'],
  before: FlagDocument,
  after: FlagDocument,
): string | undefined {
  const names = [before, after].map(versionsOf) as [ReadonlySet<string>, ReadonlySet<string>];
  for (const name of new Set([...names[0], ...names[1]])) {
    if (names[0].has(name) === names[1].has(name) || !mentionsAsValue(targeting, name)) continue;
    return `it compares ${name}, which is ${names[0].has(name) ? 'a version in the file, and none in the project' : 'no version in the file, and one in the project'}`;
  }
  return undefined;
}

function versionsOf({ attributes = {} }: FlagDocument): ReadonlySet<string> {
  const versions = Object.entries(attributes).filter(
    ([, one]: readonly [string, unknown]) =>
      (typeof one === 'string' ? one : (one as { type?: unknown } | null)?.type) === 'version',
  );
  return new Set(versions.map(([name]) => name));
}
