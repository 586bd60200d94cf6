import { FlagError, preview } from '@flagwright/core';
import { isWellFormed } from '../checks.ts';

/** Where a set is kept: the keys of Redis, all in one slot of a Cluster, and the channel of its hints. */
export interface SetKeys {
  /** A hash: `<kind>:<key>` to the canonical text of a definition; `$rev`, the revision; perhaps `$managed`. */
  readonly entries: string;
  /** A sorted set: each field by the number of its last change, deleted ones too, and `$rev:<nonce>` by its number. */
  readonly changes: string;
  readonly channel: string;
}

/** What names a set. */
export interface SetName {
  readonly prefix: string;
  readonly project: string;
  readonly stage: string;
}

/** The longest name of a prefix, project or stage, in UTF-16 code units. */
const LONGEST = 200;

/**
 * The keys of a set, or of a `copy` of one; those of two are never the same. Throws `FlagError('INVALID_ARGUMENT')`.
 */
export function setKeys(set: SetName, purpose?: 'copy'): SetKeys {
  const { prefix, project, stage } = set;
  for (const [what, value] of Object.entries({ prefix, project, stage })) checkName(what, value);
  const names = [prefix, project, stage, ...(purpose === undefined ? [] : [purpose])];
  const tag = `{${names.map(escaped).join(':')}}`;
  return { entries: `${tag}:entries`, changes: `${tag}:changes`, channel: tag };
}

function checkName(what: string, value: unknown): void {
  if (typeof value === 'string' && value !== '' && value.length <= LONGEST && isWellFormed(value)) return;
  throw new FlagError(
    'INVALID_ARGUMENT',
    `${what} is ${preview(value)}; expected a text of 1 to ${LONGEST} characters`,
  );
}

/** The separator, and the braces that tell a Cluster which part of a key picks the slot. */
const escaped = (name: string): string =>
  name.replace(/[%:{}]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
