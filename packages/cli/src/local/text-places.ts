import { FlagError, isRecord, type Path, type Place } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';

type Locate = (path: Path) => Place | undefined;

/**
 * `locate` of a document, that also finds its way into texts that hold JSON, as targeting in a block of YAML. Of a text
 * that should be JSON and is none, every path into it leads to where it stops being JSON.
 */
export function intoTexts(document: unknown, source: string, locate: Locate): Locate {
  let lines: readonly string[] | undefined;
  const inner = new Map<string, Locate>();
  return (path) => {
    const found = textOn(document, path);
    const start = found === undefined ? undefined : locate(path.slice(0, found.depth));
    if (found === undefined || start === undefined) return locate(path);
    lines ??= source.split(/\r\n|\n|\r/);
    const name = path.slice(0, found.depth).join('\0');
    const within = inner.get(name) ?? placesIn(found.text);
    inner.set(name, within);
    const place = within(path.slice(found.depth));
    return place === undefined ? start : placeOfText(lines, start, found.text, place, path[found.depth - 1]);
  };
}

/** The text that a path leads into, if there is one before its end. */
function textOn(document: unknown, path: Path): { readonly text: string; readonly depth: number } | undefined {
  let value = document;
  for (const [depth, step] of path.entries()) {
    if (typeof value === 'string') {
      // all other texts have nothing within
      return path[depth - 1] === 'targeting' || /^\s*[{[]/.test(value) ? { text: value, depth } : undefined;
    }
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, step) ? (value as Record<string | number, unknown>)[step] : keyed(value, step);
  }
  return undefined;
}

/** In a list of flags, the one with the key. */
function keyed(value: object, step: string | number): unknown {
  return Array.isArray(value) ? value.find((item) => isRecord(item) && item.key === step) : undefined;
}

function placesIn(text: string): Locate {
  try {
    return parseText(text, { format: 'json' }).locate;
  } catch (thrown) {
    const place = FlagError.from(thrown).issues[0]?.place;
    return () => place;
  }
}

/**
 * Where a place within a text stands in the file, if the text, or its key, starts at `start`: characters that are no white
 * space stand in both in the same order, whatever YAML does to the lines of a text.
 */
function placeOfText(
  lines: readonly string[],
  start: Place,
  text: string,
  { line, column }: Place,
  key: string | number | undefined,
): Place {
  const before = text
    .split(/\r\n|\n|\r/)
    .slice(0, line)
    .map((own, i) => (i === line - 1 ? own.slice(0, column - 1) : own));
  let left = before.join('').replace(/\s/g, '').length;
  const first = lines[start.line - 1]?.slice(start.column - 1) ?? '';
  const named = /^(['"]?)([^'":\s]*)\1\s*:/.exec(first);
  const isBlock = named !== null && named[2] === String(key);
  const quote = isBlock ? undefined : /^['"]/.exec(first)?.[0];
  let at = isBlock ? start.line : start.line - 1;
  let from = isBlock ? 0 : start.column - 1 + (quote === undefined ? 0 : 1);
  for (; at < lines.length; at++, from = 0) {
    const own = lines[at]!;
    for (let i = from; i < own.length; ) {
      const { length, blank } = characterAt(own, i, quote);
      if (!blank && left-- === 0) return { ...start, line: at + 1, column: i + 1 };
      i += length;
    }
  }
  return start;
}

/** A character of a text as it is written: how long it is there, and whether it is white space, or none of the text. */
function characterAt(
  line: string,
  i: number,
  quote: string | undefined,
): { readonly length: number; readonly blank: boolean } {
  const two = line.slice(i, i + 2);
  if (quote === "'" && two === "''") return { length: 2, blank: false };
  if (quote !== '"' || line[i] !== '\\') return { length: 1, blank: /\s/.test(line[i]!) };
  const digits = { x: 2, u: 4, U: 8 }[two[1] ?? ''];
  if (digits === undefined) return { length: 2, blank: two.length < 2 || /[ntrfv \t_NLP]/.test(two[1]!) };
  return { length: 2 + digits, blank: /^(?:00)*(?:09|0[aAdD]|20|85|[aA]0)$/.test(line.slice(i + 2, i + 2 + digits)) };
}
