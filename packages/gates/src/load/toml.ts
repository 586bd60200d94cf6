import { FlagError, type Issue, type Place } from '@flagwright/core';
import { lineIndex, MAX_TEXT_BYTES } from '@flagwright/core/text';
import { parse, TomlError } from 'smol-toml';
import { readingError } from '../input/reading.ts';
import { type GateDocument, placeText } from './document.ts';
import { type TomlKey, tomlKeys } from './toml-keys.ts';

/** Lists and tables within each other, as in YAML and JSON. */
const MAX_DEPTH = 100;

/** Reads TOML. Throws `FlagError`: `PARSE_ERROR` with line and column, `TOO_LARGE`. */
export function parseToml(text: string, file: string): GateDocument {
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) {
    throw new FlagError('TOO_LARGE', `${file}: more than ${MAX_TEXT_BYTES} bytes`);
  }
  const lineOf = lineIndex(text);
  const placeAt: PlaceAt = (offset) => ({ file, ...lineOf(offset) });
  try {
    return { file, document: parse(text, { maxDepth: MAX_DEPTH }), locate: locator(text, placeAt) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw FlagError.from(error, 'PARSE_ERROR');
    throw readingError([issueOf(error, text, placeAt)], 'PARSE_ERROR');
  }
}

type PlaceAt = (offset: number) => Place;

/** What the parser says, without the lines of the file that it shows: there may be secrets in them. */
function issueOf({ message, line, column }: TomlError, text: string, placeAt: PlaceAt): Issue {
  const place = { ...placeAt(0), line, column };
  const said = message.split('\n', 1)[0]!.replace(/^Invalid TOML document: /, '');
  if (said.includes('excessively nested')) {
    const deep = `nested more than ${MAX_DEPTH} levels deep`;
    return { severity: 'error', code: 'too-deep', path: [], message: deep, place };
  }
  const twice = said.includes('already defined') ? doubled(text, offsetOf(text, line, column)) : undefined;
  if (twice === undefined) return { severity: 'error', code: 'syntax', path: [], message: said, place };
  const [first, again] = twice;
  return {
    severity: 'error',
    code: 'duplicate-key',
    path: again.path,
    message: `the key ${JSON.stringify(again.path.join('.'))} is there twice, first at ${placeText(placeAt(first.keyOffset))}`,
    expected: 'each key once',
    place: placeAt(again.keyOffset),
  };
}

/** The key at an offset that may not be there, and the one before it that forbids it: nearest in path, then in text. */
function doubled(text: string, offset: number): readonly [TomlKey, TomlKey] | undefined {
  const keys = tomlKeys(text, offset);
  const at = keys.findIndex(({ keyOffset }) => keyOffset >= offset);
  const again = keys[at];
  if (again === undefined) return undefined;
  let first: TomlKey | undefined;
  let most = 0;
  for (const key of keys.slice(0, at)) {
    const [one, other] = [key.path, again.path];
    const shared = Math.min(one.length, other.length);
    if (shared < most || one.slice(0, shared).some((step, i) => step !== other[i])) continue;
    // of two that share as much, the table itself and not what is in it
    if (shared === most && first !== undefined && first.path.length < one.length) continue;
    most = shared;
    first = key;
  }
  return first === undefined ? undefined : [first, again];
}

function locator(text: string, placeAt: PlaceAt): GateDocument['locate'] {
  let offsets: ReadonlyMap<string, TomlKey> | undefined;
  return (path) => {
    offsets ??= byPath(text);
    for (let length = path.length; length > 0; length--) {
      const key = offsets.get(JSON.stringify(path.slice(0, length)));
      if (key !== undefined) return placeAt(length === path.length ? key.offset : key.keyOffset);
    }
    return placeAt(0);
  };
}

/** Every key by its path, and the tables that only dotted keys made: at the first of those. */
function byPath(text: string): ReadonlyMap<string, TomlKey> {
  const offsets = new Map<string, TomlKey>();
  for (const key of tomlKeys(text)) {
    for (let length = key.path.length; length > 0; length--) {
      const path = JSON.stringify(key.path.slice(0, length));
      if (offsets.has(path)) break;
      offsets.set(path, length === key.path.length ? key : { ...key, offset: key.keyOffset });
    }
  }
  return offsets;
}

/** The offset of a line and column, both from 1. */
function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let passed = 1; passed < line; passed++) start = text.indexOf('\n', start) + 1;
  return start + column - 1;
}
