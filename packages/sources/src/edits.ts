import type { Edit, Kind } from '@flagwright/core';
import { FlagError, isRecord, preview, SECTION_OF } from '@flagwright/core';
import { nameOf, ownCopy } from './documents.ts';

/** An edit that makes sense. The values are frozen copies. */
export interface CheckedEdit {
  readonly kind: Kind;
  readonly key: string;
  /** `null` deletes. */
  readonly next: unknown;
  /** `null`: absent; undefined: whatever it is. */
  readonly was: unknown;
}

/** The edits of a commit, copied. Throws `FlagError('INVALID_ARGUMENT')` if one makes no sense, or two are of one entry. */
export function checkedEdits(edits: readonly Edit[]): readonly CheckedEdit[] {
  if (!Array.isArray(edits)) throw new FlagError('INVALID_ARGUMENT', `edits are ${preview(edits)}; expected a list`);
  const seen = new Set<string>();
  return (edits as readonly unknown[]).map((edit, i) => {
    if (!isRecord(edit)) throw new FlagError('INVALID_ARGUMENT', `edit ${i} is ${preview(edit)}; expected an object`);
    const { kind = 'flag', key, next, was } = edit;
    if (typeof kind !== 'string' || !Object.hasOwn(SECTION_OF, kind)) {
      const expected = Object.keys(SECTION_OF).join(', ');
      throw new FlagError('INVALID_ARGUMENT', `edit ${i} is of kind ${preview(kind)}; expected one of ${expected}`);
    }
    if (typeof key !== 'string' || key === '') {
      throw new FlagError(
        'INVALID_ARGUMENT',
        `edit ${i} has the key ${preview(key)}; expected a text that is not empty`,
      );
    }
    const entry = nameOf(kind as Kind, key);
    if (next === undefined) {
      throw new FlagError(
        'INVALID_ARGUMENT',
        `the edit of ${entry} has no next; expected a definition, or null to delete`,
      );
    }
    if (seen.has(entry)) throw new FlagError('INVALID_ARGUMENT', `two edits of ${entry} in one commit`);
    seen.add(entry);
    return {
      kind: kind as Kind,
      key,
      next: ownCopy(next, entry),
      was: was === undefined ? undefined : ownCopy(was, `what ${entry} was`),
    };
  });
}
