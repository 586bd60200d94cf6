import type { Place } from '@flagwright/core';
import type { Value } from './entry.ts';
import { blockSection, HEADER, keyText, lineStarts, offsetIn, type Rows, rowsOf } from './gate-rows.ts';

/** Where a text says what of gates. */
export interface GatePlaces {
  /** Of the values that set a gate, by name. */
  readonly set: ReadonlyMap<string, readonly Place[]>;
  /** Of gates that are named and not set, by name: of the null, or of the key of one that is not written. */
  readonly unset: ReadonlyMap<string, readonly Place[]>;
  /** Of the document, and of what stands under `features`, or of its key. */
  readonly root: Place | undefined;
  readonly features: Place | undefined;
}

/** A scalar of YAML or JSON, from its first character to its last. */
const SCALAR = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,#\]}]+)/;

/** A line that holds one key with a scalar, and nothing else but a comment. */
const ENTRY =
  /^[ \t]*(?:"[^"\\]*"|'[^']*'|[^\s:#'"{[]+)[ \t]*:[ \t]+(?:"[^"\\]*"|'[^']*'|[^\s,#'"{[\]}]+)[ \t]*(?:#.*)?$/;

/** A null that is written. */
const NULL = /^(?:null|Null|NULL|~)(?=[\s,}\]]|$)/;

/** A key, with its colon. */
const KEY = /^(?:"[^"\\\r\n]*"|'[^'\r\n]*'|[^\s:#'"{}[\],]+)[ \t]*:/;

/** What is put in the place of a part of a text. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Sets and unsets gates where they stand, and adds new ones to `features`, in a text without a byte order mark. Every
 * other character stays. What came of it is to be read again: texts may be written in ways that this does not know.
 */
export function editLines(text: string, places: GatePlaces, changes: ReadonlyMap<string, Value>): string {
  const rows = rowsOf(text);
  const starts = lineStarts(rows);
  const splices: Splice[] = [];
  const removed = new Set<number>();
  const added: [string, boolean][] = [];
  for (const [name, value] of changes) {
    const own = places.set.get(name) ?? [];
    for (const place of own) {
      const start = offsetIn(starts, place);
      const index = place.line - 1;
      if (value === undefined && ENTRY.test(rows[index]?.text ?? '')) {
        removed.add(index);
        splices.push({ start: starts[index]!, end: starts[index + 1]!, text: '' });
      } else {
        const { length } = SCALAR.exec(text.slice(start))?.[0] ?? '';
        splices.push({ start, end: start + length, text: String(value ?? null) });
      }
    }
    if (own.length > 0 || value === undefined) continue;
    const filled = filling(text, starts, places.unset.get(name)?.[0], String(value));
    if (filled === undefined) added.push([name, value]);
    else splices.push(filled);
  }
  splices.push(...adding(text, { rows, starts, removed }, places, added));
  return spliced(text, splices);
}

/** Writes a value where a null stands, or a key without a value. */
function filling(text: string, starts: readonly number[], place: Place | undefined, value: string): Splice | undefined {
  if (place === undefined) return undefined;
  const start = offsetIn(starts, place);
  const rest = text.slice(start);
  const written = NULL.exec(rest)?.[0];
  if (written !== undefined) return { start, end: start + written.length, text: value };
  const key = KEY.exec(rest)?.[0];
  if (key === undefined) return undefined;
  return { start: start + key.length, end: start + key.length, text: ` ${value}` };
}

interface Edited {
  readonly rows: Rows;
  readonly starts: readonly number[];
  /** Lines that go. */
  readonly removed: ReadonlySet<number>;
}

/** New gates, wherever `features` is, and what becomes of the line that begins it. */
function adding(
  text: string,
  { rows, starts, removed }: Edited,
  { root, features }: GatePlaces,
  added: readonly (readonly [string, boolean])[],
): readonly Splice[] {
  const flow = (place: Place | undefined): number | undefined => {
    const offset = place === undefined ? -1 : offsetIn(starts, place);
    return text[offset] === '{' ? offset : undefined;
  };
  const inFlow = flow(root);
  if (inFlow !== undefined) {
    if (added.length === 0) return [];
    const entries = added.map(([name, value]) => `${JSON.stringify(name)}: ${value}`);
    const open = flow(features);
    if (open !== undefined) return [intoFlow(text, open, entries)];
    const map = `{ ${entries.join(', ')} }`;
    const filled = filling(text, starts, features, map);
    return [filled ?? intoFlow(text, inFlow, [`"features": ${map}`])];
  }
  const section = blockSection(rows);
  const header = section === undefined ? undefined : HEADER.exec(rows[section.first]!.text);
  const open = flow(features);
  if (open !== undefined && header?.[2] === undefined) {
    if (added.length === 0) return [];
    const quoted = /^\s*"/.test(text.slice(open + 1));
    return [
      intoFlow(
        text,
        open,
        added.map(([name, value]) => `${quoted ? JSON.stringify(name) : keyText(name)}: ${value}`),
      ),
    ];
  }
  if (section === undefined || header === undefined || header === null) return atEnd(rows, starts, added);
  const { first, last } = section;
  const inside = rows.slice(first + 1, last + 1);
  const isContent = (row: { readonly text: string }): boolean => /^[ \t]+[^\s#]/.test(row.text);
  const left = inside.filter((row, i) => isContent(row) && !removed.has(first + 1 + i)).length;
  const splices: Splice[] = [];
  const [, key = '', value, comment] = header;
  const becomesEmpty = added.length === 0 && left === 0 && removed.size > 0 && inside.some(isContent);
  if (becomesEmpty || (added.length > 0 && value !== undefined)) {
    const next = `${key}${becomesEmpty ? ' {}' : ''}${comment === undefined ? '' : ` ${comment}`}`;
    splices.push({ start: starts[first]!, end: starts[first]! + rows[first]!.text.length, text: next });
  }
  if (added.length > 0) {
    const indent = /^[ \t]+/.exec(inside.find(isContent)?.text ?? '')?.[0] ?? '  ';
    splices.push(
      newLines(
        rows,
        starts,
        last,
        added.map(([name, to]) => `${indent}${keyText(name)}: ${to}`),
      ),
    );
  }
  return splices;
}

/** Entries at the beginning of a map in braces, laid out as its first one. */
function intoFlow(text: string, open: number, entries: readonly string[]): Splice {
  const start = open + 1;
  const blank = /^[ \t]*(?:\r\n|\n|\r)?[ \t]*/.exec(text.slice(start))![0];
  if (text[start + blank.length] === '}') return { start, end: start + blank.length, text: ` ${entries.join(', ')} ` };
  const put = entries.map((entry) => (blank === '' ? `${entry}, ` : `${blank}${entry},`));
  return { start, end: start, text: put.join('') };
}

/** A new section: at the end, but before the line that ends the document, if there is one. */
function atEnd(
  rows: Rows,
  starts: readonly number[],
  added: readonly (readonly [string, boolean])[],
): readonly Splice[] {
  if (added.length === 0) return [];
  let content = rows.length - 1;
  while (content >= 0 && /^(?:\s*(?:#.*)?|(?:---|\.\.\.)\s*(?:#.*)?)$/.test(rows[content]!.text)) content--;
  const mark = rows.findIndex(({ text }, i) =>
    content < 0 ? text.startsWith('...') : i > content && /^(?:---|\.\.\.)/.test(text),
  );
  const last = mark < 0 ? rows.length - 1 : mark - 1;
  return [newLines(rows, starts, last, ['features:', ...added.map(([name, to]) => `  ${keyText(name)}: ${to}`)], true)];
}

/** Lines after a line, that end as it does. */
function newLines(
  rows: Rows,
  starts: readonly number[],
  after: number,
  lines: readonly string[],
  ended: boolean = false,
): Splice {
  const before = rows[after];
  const end = before?.end || rows[0]?.end || '\n';
  const at = starts[after + 1] ?? 0;
  const body = lines.join(end);
  if (before === undefined || before.end !== '') return { start: at, end: at, text: body + end };
  // the last line of a text that ends without one
  return { start: at, end: at, text: `${before.text === '' ? '' : end}${body}${ended ? end : ''}` };
}

function spliced(text: string, splices: readonly Splice[]): string {
  let result = text;
  for (const { start, end, text: next } of [...splices].sort((one, other) => other.start - one.start)) {
    result = result.slice(0, start) + next + result.slice(end);
  }
  return result;
}
