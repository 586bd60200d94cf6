import { isRecord, jsonEqual } from '@flagwright/core';

/** One place at which two values differ, as in JSON Patch (RFC 6902) and with what was there. */
export interface Difference {
  readonly op: 'add' | 'remove' | 'replace';
  /** A JSON pointer (RFC 6901). */
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** More are not told. */
const MOST = 1_000;

/** What to do to `before` to have `after`; lists that differ are replaced as wholes. */
export function difference(before: unknown, after: unknown): readonly Difference[] {
  const found: Difference[] = [];
  walk(before, after, '', found);
  return found;
}

function walk(before: unknown, after: unknown, path: string, found: Difference[]): void {
  if (found.length >= MOST || jsonEqual(before, after)) return;
  if (!isRecord(before) || !isRecord(after)) {
    found.push(
      before === undefined
        ? { op: 'add', path, to: after }
        : after === undefined
          ? { op: 'remove', path, from: before }
          : { op: 'replace', path, from: before, to: after },
    );
    return;
  }
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const step = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    walk(own(before, name), own(after, name), step, found);
  }
}

const own = (object: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;
