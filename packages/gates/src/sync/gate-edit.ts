import { FlagError, isRecord, jsonEqual, type Path, type Place } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import type { GateSetting } from '../layer.ts';
import { parseGateText } from '../load/gate-text.ts';
import { gateName, KEY_PREFIX } from '../names.ts';
import type { Value } from './entry.ts';
import { editLines, type GatePlaces } from './gate-lines.ts';
import { rewriteSection } from './gate-section.ts';

/** The gates in a text, and all settings that say so. */
export interface GatesInText {
  readonly gates: ReadonlyMap<string, boolean>;
  readonly settings: ReadonlyMap<string, readonly GateSetting[]>;
}

/**
 * The gates that a text in YAML or JSON sets under `features:` and `feature:`, by name without `feature.`. Throws
 * `FlagError('PARSE_ERROR')`, also for a gate that is on in one place and off in another, and for other parts that set gates.
 */
export function gatesIn(text: string, file: string): GatesInText {
  const gates = new Map<string, boolean>();
  const settings = new Map<string, GateSetting[]>();
  for (const setting of parseGateText(text, { file, layer: 'local' }).settings) {
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
  return text.split('\n').every((line) => /^[\s\ufeff]*(?:#|(?:---|\.\.\.)\s*(?:#|$)|$)/.test(line));
}

/**
 * A text with gates set and unset, and everything else as it was: where they stand if that comes out right, else with the
 * lines of `features` written anew. Throws `FlagError('PARSE_ERROR')` for a text that cannot be read, or is written in a
 * way that gates cannot be set in.
 */
export function editGates(text: string, changes: ReadonlyMap<string, Value>, file: string): string {
  const { gates, settings } = gatesIn(text, file);
  const wanted = new Map(gates);
  for (const [name, value] of changes) {
    if (value === undefined) wanted.delete(name);
    else wanted.set(name, value);
  }
  const rest = otherParts(text, file);
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const body = text.slice(mark.length);
  const { places, features } = placesIn(body, file, settings);
  const attempts = [() => editLines(body, places, changes), () => rewriteSection(body, { places, changes, features })];
  for (const attempt of attempts) {
    const edited = attempt();
    if (edited !== undefined && says(mark + edited, wanted, rest, file)) return mark + edited;
  }
  const names = [...changes.keys()].join(', ');
  throw new FlagError(
    'PARSE_ERROR',
    `${file} is written in a way in which ${names} cannot be set without changing other parts of it. Hint: write features: as a map with a line for each gate`,
  );
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

/** What a document holds besides gates, and what else is said of gates. */
function otherParts(text: string, file: string): readonly unknown[] {
  const document = isBlank(text) ? {} : parseText(text, { file }).document;
  if (!isRecord(document)) return [];
  const others = Object.entries(document).filter(([key]) => !isOfGates(key));
  const said = isRecord(document.features) ? Object.entries(document.features) : [];
  const more = said.flatMap(([name, value]) => {
    if (!isRecord(value)) return [];
    const { enabled, ...besides } = value;
    return [[name, besides]];
  });
  return [Object.fromEntries(others), Object.fromEntries(more)];
}

function isOfGates(key: string): boolean {
  return key === 'features' || key === 'feature' || key.startsWith(KEY_PREFIX);
}

function placesIn(
  text: string,
  file: string,
  settings: GatesInText['settings'],
): { readonly places: GatePlaces; readonly features: unknown } {
  const set = new Map([...settings].map(([name, all]) => [name, all.flatMap(({ place }) => place ?? [])]));
  const unset = new Map<string, Place[]>();
  if (isBlank(text)) return { places: { set, unset, root: undefined, features: undefined }, features: undefined };
  const { document, locate } = parseText(text, { file });
  const parts = isRecord(document) ? document : {};
  const visit = (name: string, value: unknown, path: Path, nested: boolean): void => {
    const place = value === null ? locate(path) : undefined;
    if (place !== undefined) unset.set(gateName(name), [...(unset.get(gateName(name)) ?? []), place]);
    if (!isRecord(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      if (nested) visit(name === '' ? key : `${name}.${key}`, inner, [...path, key], true);
      else if (key === 'enabled') visit(name, inner, [...path, key], false);
    }
  };
  for (const [key, value] of Object.entries(parts)) {
    if (key === 'features' && isRecord(value)) {
      for (const [name, given] of Object.entries(value)) visit(name, given, [key, name], false);
    } else if (key === 'feature' && isRecord(value)) visit('', value, [key], true);
    else if (key.startsWith(KEY_PREFIX)) visit(key.slice(KEY_PREFIX.length), value, [key], true);
  }
  const { features } = parts;
  const hasFeatures = Object.hasOwn(parts, 'features');
  return {
    places: { set, unset, root: locate([]), features: hasFeatures ? locate(['features']) : undefined },
    features,
  };
}
