import type { Path } from '../issue.ts';

/** What is wrong with a text, and at which offset. */
export interface Fault {
  readonly offset: number;
  /** A stable word, as in `Issue`. */
  readonly code: string;
  readonly message: string;
  readonly expected?: string;
  readonly hint?: string;
  readonly path?: Path;
  /** The offset of something the message refers to: where the first of two keys is, where a bracket was opened. */
  readonly related?: number;
}

/** No more faults than this are told of one text. */
export const MOST_FAULTS = 50;

/** What two keys of one name are. */
export function duplicateKey(name: string, offset: number, first: number, path: Path): Fault {
  return {
    offset,
    code: 'duplicate-key',
    message: `the key ${JSON.stringify(name)} is there twice`,
    expected: 'each key once',
    hint: 'remove or rename one of the two: which one counts would depend on who reads the file',
    path,
    related: first,
  };
}

/** What a text nested too deeply is. */
export function tooDeep(offset: number, maxDepth: number): Fault {
  return {
    offset,
    code: 'too-deep',
    message: `nested more than ${maxDepth} levels deep`,
    expected: `at most ${maxDepth} levels`,
  };
}
