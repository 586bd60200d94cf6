import type { Path } from '@flagwright/core';
import { parse } from 'smol-toml';

/** A key of a TOML text with all tables around it, and the offsets of the key and of its value. */
export interface TomlKey {
  readonly path: Path;
  readonly keyOffset: number;
  /** Of a table with a header of its own: where its name stands. */
  readonly offset: number;
}

/** Of deeper keys only the beginning is noted: no gate is there, and their paths would take memory. */
const MOST_STEPS = 40;

/**
 * The keys of a TOML text, in their order: its parser tells no positions. The text is good TOML, at least up to `end`,
 * behind which nothing is looked at. Takes one pass, without recursion.
 */
export function tomlKeys(text: string, end: number = text.length): readonly TomlKey[] {
  const keys: TomlKey[] = [];
  // the tables and lists that are open within a value; at top level there are none
  const open: { readonly path: Path; readonly table: boolean; index: number }[] = [];
  let table: Path = [];
  let i = 0;

  const note = (path: Path, keyOffset: number, offset: number): void => {
    keys.push({ path: path.length > MOST_STEPS ? path.slice(0, MOST_STEPS) : path, keyOffset, offset });
  };
  const skip = (what: RegExp): void => {
    what.lastIndex = i;
    if (what.test(text)) i = what.lastIndex;
  };
  /** The key at `i`, with its dots; afterwards `i` is behind it. */
  const readKey = (): string[] => {
    const steps: string[] = [];
    for (;;) {
      skip(BLANKS);
      const start = i;
      skip(WORD);
      if (i === start) return steps;
      steps.push(unquoted(text.slice(start, i)));
      skip(BLANKS);
      if (text[i] !== '.') return steps;
      i++;
    }
  };
  /** A key, `=`, and the beginning of its value, of which only what is in it is left to read. */
  const readEntry = (within: Path): void => {
    const keyOffset = i;
    const path = [...within.slice(0, MOST_STEPS + 1), ...readKey()];
    if (text[i] === '=') i++;
    skip(BLANKS);
    note(path, keyOffset, i);
    readValue(path);
  };
  const readValue = (path: Path): void => {
    const first = text[i];
    if (first === '{' || first === '[') {
      open.push({ path, table: first === '{', index: 0 });
      i++;
    } else if (first === '"' || first === "'") i = endOfString(text, i);
    else skip(SCALAR);
  };

  while (i < text.length && i <= end) {
    const before = i;
    const inside = open.at(-1);
    skip(SPACES);
    if (inside === undefined && text[i] === '[') {
      const list = text[i + 1] === '[';
      i += list ? 2 : 1;
      skip(BLANKS);
      const at = i;
      table = readKey();
      note(table, at, at);
      i += list ? 2 : 1;
    } else if (inside !== undefined && (text[i] === '}' || text[i] === ']')) {
      open.pop();
      i++;
    } else if (inside !== undefined && text[i] === ',') {
      inside.index++;
      i++;
    } else if (inside === undefined || inside.table) {
      if (i < text.length) readEntry(inside?.path ?? table);
    } else {
      const path = inside.path.length > MOST_STEPS ? inside.path : [...inside.path, inside.index];
      note(path, i, i);
      readValue(path);
    }
    // what is no TOML
    if (i === before) i++;
  }
  return keys;
}

const BLANKS = /[ \t]+/y;
/** White space, byte order mark and comments. */
const SPACES = /(?:[ \t\r\n\ufeff]+|#[^\n]*)+/y;
const WORD = /[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;
/** What is no string, up to where a value may end. */
const SCALAR = /[^,\]}#\n]+/y;

/** The offset behind a string of any of the four kinds. A loop, for a pattern would keep a step back for each character. */
function endOfString(text: string, start: number): number {
  const quote = text[start]!;
  const long = text.startsWith(quote.repeat(3), start);
  for (let i = start + (long ? 3 : 1); i < text.length; i++) {
    if (text[i] === '\\' && quote === '"') i++;
    else if (text[i] === '\n' && !long) return i;
    else if (text[i] === quote && (!long || text.startsWith(quote.repeat(3), i))) {
      if (!long) return i + 1;
      i += 3;
      // one or two quotes may stand right before the closing ones
      while (text[i] === quote) i++;
      return i;
    }
  }
  return text.length;
}

function unquoted(word: string): string {
  if (word[0] !== '"') return word[0] === "'" ? word.slice(1, -1) : word;
  if (!word.includes('\\')) return word.slice(1, -1);
  try {
    return Object.keys(parse(`${word} = 0`))[0]!;
  } catch {
    // no TOML: behind the end that was asked for
    return word;
  }
}
