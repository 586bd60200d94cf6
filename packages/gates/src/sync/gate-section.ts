import { booleanOf, isRecord } from '@flagwright/core';
import { gateName } from '../names.ts';
import type { Value } from './entry.ts';
import { editLines, type GatePlaces } from './gate-lines.ts';
import { blockSection, HEADER, keyText, lineStarts, rowsOf } from './gate-rows.ts';

/** What a section is written from. */
export interface SectionEdit {
  readonly places: GatePlaces;
  readonly changes: ReadonlyMap<string, Value>;
  /** What stands under `features`. */
  readonly features: unknown;
}

/**
 * Writes the lines of `features` anew, from its key to its last line, and leaves every other character but the values of
 * gates that are set elsewhere. Undefined, if there are no such lines, or if they hold more than gates and their values.
 * To be read again, as what comes of `editLines`.
 */
export function rewriteSection(text: string, { places, changes, features }: SectionEdit): string | undefined {
  const rows = rowsOf(text);
  const section = blockSection(rows);
  if (section === undefined || !isRecord(features)) return undefined;
  const gates = new Map<string, boolean>();
  for (const [key, value] of Object.entries(features)) {
    const enabled = typeof value === 'string' ? booleanOf(value) : value;
    if (typeof enabled === 'boolean') gates.set(gateName(key), enabled);
    else if (enabled !== null) return undefined;
  }
  const elsewhere = new Map<string, Value>();
  for (const [name, value] of changes) {
    const outside = (places.set.get(name) ?? []).some(({ line }) => line <= section.first || line > section.last + 1);
    if (outside) elsewhere.set(name, value);
    if (value === undefined) gates.delete(name);
    else if (gates.has(name) || !outside) gates.set(name, value);
  }
  const [, key = 'features:', , comment] = HEADER.exec(rows[section.first]!.text) ?? [];
  const end = rows[section.first]!.end || '\n';
  const header = `${key}${gates.size === 0 ? ' {}' : ''}${comment === undefined ? '' : ` ${comment}`}`;
  const lines = [header, ...[...gates].map(([name, value]) => `  ${keyText(name)}: ${value}`)];
  const edited = rowsOf(editLines(text, outsideOf(places, section), elsewhere));
  // its lines may have moved
  const now = blockSection(edited) ?? section;
  const starts = lineStarts(edited);
  const whole = edited.map(({ text: row, end: ended }) => row + ended).join('');
  return (
    whole.slice(0, starts[now.first]) + lines.join(end) + rows[section.last]!.end + whole.slice(starts[now.last + 1])
  );
}

function outsideOf(places: GatePlaces, { first, last }: { readonly first: number; readonly last: number }): GatePlaces {
  const set = [...places.set].map(
    ([name, all]) => [name, all.filter(({ line }) => line <= first || line > last + 1)] as const,
  );
  return { ...places, set: new Map(set) };
}
