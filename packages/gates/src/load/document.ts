import { isRecord, type Path, type Place } from '@flagwright/core';

/** A file as it was read, whatever it was written in. */
export interface GateDocument {
  /** Its name, as people know it. */
  readonly file: string;
  /** What it holds: plain JSON, and what else TOML has. */
  readonly document: unknown;
  /** Where the value at a path stands, or the key of its nearest ancestor. */
  readonly locate: (path: Path) => Place | undefined;
}

/** Whether a value is a map of names; the dates of TOML are objects too. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && !(value instanceof Date);
}

/** A place within a message: `gates.yaml:3:5`. */
export function placeText(place: Place | undefined): string {
  return place === undefined
    ? 'another place'
    : `${place.file ?? 'line '}${place.file ? ':' : ''}${place.line}:${place.column}`;
}
