import type { Path } from '../issue.ts';
import type { Fault } from './fault.ts';
import { duplicateKey, MOST_FAULTS, tooDeep } from './fault.ts';
import type { Container } from './json-faults.ts';
import { noComma, noName, noValue, seen, trailingComma, unterminated } from './json-faults.ts';
import type { Position } from './position.ts';

/** A text that is no JSON; carries the one fault at which reading stopped. */
class Stop extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** What a walk over a JSON text found. */
export interface JsonScan {
  readonly faults: readonly Fault[];
  /** Only if asked for. */
  readonly root: Position | undefined;
}

interface Frame extends Container {
  readonly names: Names;
  /** The name of the entry being read; undefined before the first. */
  name: string | undefined;
  nameOffset: number;
  index: number;
  readonly entries: Map<string, Position> | undefined;
  readonly items: Position[] | undefined;
}

/** Options of `scanJson`. */
export interface JsonScanOptions {
  readonly maxDepth: number;
  /** Build the positions too. */
  readonly positions?: boolean;
  /** The text is known to be JSON: only duplicate keys and depth are looked for. */
  readonly trusted?: boolean;
}

/**
 * Walks over a JSON text (RFC 8259) in one pass without recursion and finds what `JSON.parse` does not tell: positions,
 * duplicate keys, depth, and what exactly is wrong where.
 */
export function scanJson(text: string, { maxDepth, positions = false, trusted = false }: JsonScanOptions): JsonScan {
  const faults: Fault[] = [];
  const stack: Frame[] = [];
  let frame: Frame | undefined;
  let root: Position | undefined;
  let i = 0;
  let backslash = text.indexOf('\\');

  const skip = (): number => {
    for (;;) {
      const code = text.charCodeAt(i);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return code;
      i++;
    }
  };
  const path = (): Path => stack.flatMap(({ object, name, index }) => (object ? (name ?? []) : index));
  const stop = (fault: Fault): Stop => new Stop({ path: path(), ...fault });

  /** Moves past the string at `i` and returns the offset behind its closing quote. */
  const passString = (): void => {
    const start = i++;
    for (;;) {
      const end = text.indexOf('"', i);
      if (end === -1) throw stop(unterminated(text, start));
      if (backslash !== -1 && backslash < i) backslash = text.indexOf('\\', i);
      if (backslash === -1 || backslash > end) {
        i = end + 1;
        break;
      }
      i = backslash + 2;
    }
    if (!trusted) checkString(text, start, i, stop);
  };
  /** The string between two offsets, without its quotes. */
  const decode = (start: number, end: number): string => {
    const raw = text.slice(start + 1, end - 1);
    return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
  };
  /** Notes the position of a value that was read from `start` on. */
  const note = (start: number, closed?: Frame): void => {
    const keyOffset = frame?.object === true ? frame.nameOffset : start;
    let position: Position;
    if (closed?.entries !== undefined) position = { offset: start, keyOffset, entries: closed.entries };
    else if (closed?.items !== undefined) position = { offset: start, keyOffset, items: closed.items };
    else if (frame?.name === 'key' && text[start] === '"')
      position = { offset: start, keyOffset, key: decode(start, i) };
    else position = { offset: start, keyOffset };
    if (frame === undefined) root = position;
    else if (frame.entries !== undefined) frame.entries.set(frame.name!, position);
    else frame.items!.push(position);
  };
  const readName = (): void => {
    const start = i;
    if (text.charCodeAt(i) !== QUOTE) throw stop(noName(text, i));
    passString();
    const name = decode(start, i);
    const current = frame!;
    const first = current.names.add(name, start);
    current.name = name;
    current.nameOffset = start;
    if (first !== undefined && faults.length < MOST_FAULTS) faults.push(duplicateKey(name, start, first, path()));
    if (skip() !== COLON)
      throw stop({ offset: i, code: 'syntax', message: `${seen(text, i)} after a key`, expected: '":"' });
    i++;
  };

  try {
    for (;;) {
      // a value begins here
      let code = skip();
      const start = i;
      if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
        if (stack.length === maxDepth) throw stop(tooDeep(start, maxDepth));
        const object = code === OPEN_OBJECT;
        frame = {
          object,
          start,
          names: object ? new Names() : NO_NAMES,
          name: undefined,
          nameOffset: start,
          index: 0,
          entries: positions && object ? new Map() : undefined,
          items: positions && !object ? [] : undefined,
        };
        stack.push(frame);
        i++;
        code = skip();
        if (code !== (object ? CLOSE_OBJECT : CLOSE_ARRAY)) {
          if (object) readName();
          continue;
        }
      } else {
        if (code === QUOTE) passString();
        else {
          SCALAR.lastIndex = i;
          if (!SCALAR.test(text)) throw stop(noValue(text, i, frame));
          i = SCALAR.lastIndex;
        }
        if (positions) note(start);
      }
      // behind a value, or at the end of an empty collection
      for (;;) {
        code = skip();
        if (frame === undefined) {
          if (i < text.length)
            throw stop({
              offset: i,
              code: 'syntax',
              message: `${seen(text, i)} after the end of the document`,
              expected: 'nothing',
            });
          return { faults, root };
        }
        if (code === (frame.object ? CLOSE_OBJECT : CLOSE_ARRAY)) {
          i++;
          const closed = stack.pop()!;
          frame = stack.at(-1);
          if (positions) note(closed.start, closed);
          continue;
        }
        if (code !== COMMA) throw stop(noComma(text, i, frame));
        const comma = i++;
        code = skip();
        if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) throw stop(trailingComma(comma));
        frame.index++;
        if (frame.object) readName();
        break;
      }
    }
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return { faults: [error.fault, ...faults], root };
  }
}

/** The names of an object and where each was first seen; few are kept in a list, which is cheaper than a map. */
class Names {
  readonly #few: string[] = [];
  readonly #offsets: number[] = [];
  #many: Map<string, number> | undefined;

  /** Where the name was seen before, if it was. */
  add(name: string, offset: number): number | undefined {
    if (this.#many !== undefined) {
      const first = this.#many.get(name);
      if (first === undefined) this.#many.set(name, offset);
      return first;
    }
    const at = this.#few.indexOf(name);
    if (at !== -1) return this.#offsets[at];
    this.#few.push(name);
    this.#offsets.push(offset);
    if (this.#few.length > 8) this.#many = new Map(this.#few.map((few, k) => [few, this.#offsets[k]!]));
    return undefined;
  }
}

const NO_NAMES = new Names();
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
// all but the quote, the backslash and control characters
const PLAIN = /[ !#-[\]-\uffff]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function checkString(text: string, start: number, end: number, stop: (fault: Fault) => Stop): void {
  let offset = start + 1;
  for (;;) {
    PLAIN.lastIndex = offset;
    PLAIN.test(text);
    offset = PLAIN.lastIndex;
    ESCAPE.lastIndex = offset;
    if (!ESCAPE.test(text)) break;
    offset = ESCAPE.lastIndex;
  }
  if (offset === end - 1) return;
  if (text[offset] === '\\') {
    const hint = 'write a backslash as \\\\';
    throw stop({
      offset,
      code: 'syntax',
      message: `${JSON.stringify(text.slice(offset, offset + 2))} is no escape of JSON`,
      hint,
    });
  }
  throw stop(unterminated(text, start));
}
