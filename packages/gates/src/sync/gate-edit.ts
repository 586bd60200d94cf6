import { type FlagDocument, FlagError, isRecord, jsonEqual } from '@flagwright/core';
import { documentToYaml, parseText } from '@flagwright/core/text';
import type { GateSetting } from '../layer.ts';
import { parseGateText } from '../load/gate-text.ts';
import { gateName, KEY_PREFIX } from '../names.ts';
import type { Value } from './entry.ts';
import { editLines } from './gate-lines.ts';

/** The gates in a text, and all settings that say so. */
export interface GatesInText {
  readonly gates: ReadonlyMap<string, boolean>;
  readonly settings: ReadonlyMap<string, readonly GateSetting[]>;
}

/**
 * The gates that a text in YAML or JSON sets under `features:` and `feature:`, by name without `feature.`. Throws
 * `FlagError('PARSE_ERROR')`, also for a gate that is on in one place and off in another.
 */
export function gatesIn(text: string, file: string): GatesInText {
  const gates = new Map<string, boolean>();
  const settings = new Map<string, GateSetting[]>();
  for (const setting of parseGateText(text, { file, layer: 'local', shapes: ['features', 'feature'] }).settings) {
    const name = gateName(setting.name);
    const others = settings.get(name) ?? [];
    const other = others[0];
    if (other !== undefined && other.enabled !== setting.enabled) throw onAndOff(name, other, setting, file);
    gates.set(name, setting.enabled);
    settings.set(name, [...others, setting]);
  }
  return { gates, settings };
}

function onAndOff(name: string, one: GateSetting, other: GateSetting, file: string): FlagError {
  const [first, second] = [one, other].map(({ enabled, place }) => `${enabled} in line ${place?.line ?? '?'}`);
  return new FlagError(
    'PARSE_ERROR',
    `${file}: ${name} is set twice, to ${first} and to ${second}; expected one of them`,
  );
}

/** Whether a text holds nothing but blanks and comments. */
export function isBlank(text: string): boolean {
  return text.split('\n').every((line) => /^[\s\ufeff]*(?:#|---\s*$|$)/.test(line));
}

/**
 * A text with gates set and unset, and everything else as it was: line by line where that comes out right, else written
 * anew, without its comments. Throws `FlagError('PARSE_ERROR')` for a text that cannot be read.
 */
export function editGates(text: string, changes: ReadonlyMap<string, Value>, file: string): string {
  const { gates, settings } = gatesIn(text, file);
  const wanted = new Map(gates);
  for (const [name, value] of changes) {
    if (value === undefined) wanted.delete(name);
    else wanted.set(name, value);
  }
  const rest = otherParts(text, file);
  for (const attempt of [() => editLines(text, settings, changes), () => writeAnew(text, rest, wanted)]) {
    const next = attempt();
    if (says(next, wanted, rest, file)) return next;
  }
  throw new FlagError('PARSE_ERROR', `${file} is written in a way that gates cannot be set in`);
}

function says(text: string, wanted: ReadonlyMap<string, boolean>, rest: unknown, file: string): boolean {
  try {
    const { gates } = gatesIn(text, file);
    const same = gates.size === wanted.size && [...wanted].every(([name, value]) => gates.get(name) === value);
    return same && jsonEqual(otherParts(text, file), rest);
  } catch {
    return false;
  }
}

/** What a document holds besides gates. */
function otherParts(text: string, file: string): Readonly<Record<string, unknown>> {
  if (isBlank(text)) return {};
  const { document } = parseText(text, { file });
  if (!isRecord(document)) return {};
  const others = Object.entries(document).filter(([key]) => !isOfGates(key));
  return Object.fromEntries(others);
}

function isOfGates(key: string): boolean {
  return key === 'features' || key === 'feature' || key.startsWith(KEY_PREFIX);
}

function writeAnew(text: string, rest: Readonly<Record<string, unknown>>, gates: ReadonlyMap<string, boolean>): string {
  const sorted = [...gates].sort(([one], [other]) => (one < other ? -1 : 1));
  const document = { ...rest, features: Object.fromEntries(sorted) };
  if (/^[\s\ufeff]*\{/.test(text)) return `${JSON.stringify(document, null, 2)}\n`;
  return documentToYaml(document as FlagDocument);
}
