import type { Path, Place } from '../issue.ts';

/** A value of a text as far as its position goes. */
export interface Position {
  /** Where the value stands. For a block collection of YAML, whose first line is its first child: where its key does. */
  readonly offset: number;
  /** Where the key of the value stands, or else the value. */
  readonly keyOffset: number;
  readonly entries?: ReadonlyMap<string, Position>;
  readonly items?: readonly Position[];
  /** What the value says, if it is a string under the name `key`: lists of flags are looked up by it. */
  readonly key?: string;
}

/** Line and column of an offset, both from 1; columns count UTF-16 code units, as editors and language servers do. */
export type LineOf = (offset: number) => { readonly line: number; readonly column: number };

/** A function from offset to line and column; the lines are looked for at its first call. */
export function lineIndex(text: string): LineOf {
  let starts: readonly number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (const { index, 0: end } of text.matchAll(/\r\n|\n|\r/g)) starts.push(index + end.length);
  return starts;
}

/**
 * A function from path to place; `build` finds the positions at its first call. A path that leads nowhere gives the
 * place of the key of the nearest ancestor.
 */
export function locator(
  build: () => Position | undefined,
  lineOf: LineOf,
  file: string | undefined,
): (path: Path) => Place | undefined {
  let built: { readonly root: Position | undefined } | undefined;
  return (path) => {
    built ??= { root: build() };
    let at = built.root;
    if (at === undefined) return undefined;
    for (const step of path) {
      const next: Position | undefined = child(at, step);
      if (next === undefined) return placeAt(at.keyOffset, lineOf, file);
      at = next;
    }
    return placeAt(at.offset, lineOf, file);
  };
}

/** The place of an offset. */
export function placeAt(offset: number, lineOf: LineOf, file: string | undefined): Place {
  return file === undefined ? lineOf(offset) : { file, ...lineOf(offset) };
}

/** The value one step below: by name, by position, or in a list by the `key` of the item. */
function child(at: Position, step: string | number): Position | undefined {
  if (typeof step === 'number') return at.items?.[step];
  return at.entries?.get(step) ?? at.items?.find((item) => item.entries?.get('key')?.key === step);
}
