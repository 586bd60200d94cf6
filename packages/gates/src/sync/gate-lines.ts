import type { GateSetting } from '../layer.ts';
import type { Value } from './entry.ts';

/** A scalar of YAML or JSON, from its first character to its last. */
const SCALAR = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,#\]}]+)/;

/** A line that holds one key with a scalar, and nothing else but a comment. */
const ENTRY =
  /^[ \t]*(?:"[^"\\]*"|'[^']*'|[^\s:#'"{[]+)[ \t]*:[ \t]+(?:"[^"\\]*"|'[^']*'|[^\s,#'"{[\]}]+)[ \t]*(?:#.*)?$/;

/** The line that begins the gates, where nothing else stands in it, or an empty map. */
const HEADER = /^(?:features|"features"|'features')[ \t]*:[ \t]*(?:\{[ \t]*\}|null|~)?[ \t]*(#.*)?$/;

/**
 * A text with gates set and unset line by line, so that everything else stays as it was written: a value is replaced
 * where it stands, a line that only sets what is to be unset goes, and what is new comes to the end of `features:`. What
 * came of it is to be read again: texts may be written in ways that this does not know.
 */
export function editLines(
  text: string,
  settings: ReadonlyMap<string, readonly GateSetting[]>,
  changes: ReadonlyMap<string, Value>,
): string {
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const lines: (string | undefined)[] = text.slice(mark.length).split(/\r\n|\n/);
  const added: [string, boolean][] = [];
  for (const [name, value] of changes) {
    const places = (settings.get(name) ?? []).flatMap(({ place }) => place ?? []);
    for (const { line, column } of places) {
      const before = lines[line - 1];
      if (before === undefined) continue;
      const start = before.slice(0, column - 1);
      const rest = before.slice(column - 1).replace(SCALAR, String(value ?? null));
      lines[line - 1] = value === undefined && ENTRY.test(before) ? undefined : start + rest;
    }
    if (places.length === 0 && value !== undefined) added.push([name, value]);
  }
  const kept = lines.filter((line) => line !== undefined);
  return mark + withNew(kept, added).join(end);
}

function withNew(lines: readonly string[], added: readonly [string, boolean][]): readonly string[] {
  const at = lines.findIndex((line) => HEADER.test(line));
  const first = at < 0 ? undefined : lines.slice(at + 1).find((line) => /^[ \t]*[^\s#]/.test(line));
  const indent = /^[ \t]+/.exec(first ?? '')?.[0];
  const fresh = added.map(([name, value]) => `${indent ?? '  '}${name}: ${value}`);
  if (at < 0) {
    if (fresh.length === 0) return lines;
    const body = lines.at(-1) === '' ? lines.slice(0, -1) : lines;
    return [...body, 'features:', ...fresh, ''];
  }
  const [, comment] = HEADER.exec(lines[at]!) ?? [];
  const empty = indent === undefined && fresh.length === 0;
  const header = `features:${empty ? ' {}' : ''}${comment === undefined ? '' : ` ${comment}`}`;
  let last = at;
  for (let i = at + 1; i < lines.length && /^(?:[ \t]|#|$)/.test(lines[i]!); i++) {
    if (/^[ \t]+[^\s#]/.test(lines[i]!)) last = i;
  }
  return [...lines.slice(0, at), header, ...lines.slice(at + 1, last + 1), ...fresh, ...lines.slice(last + 1)];
}
