import type { Path } from '@flagwright/core';

/** Something that a database cannot keep, or that would come back as something else. */
export interface Unstorable {
  readonly path: Path;
  readonly what: string;
}

const BROKEN = /[\0\p{Cs}]/u;

/** What is wrong with a text that PostgreSQL could not keep; undefined if nothing is. */
export function brokenText(text: string): string | undefined {
  const found = BROKEN.exec(text)?.[0];
  if (found === undefined) return undefined;
  return found === '\0' ? 'a NUL character' : 'half of a surrogate pair';
}

/** The first part of a JSON value that cannot be kept; undefined if all can. The value is of bounded depth. */
export function unstorable(value: unknown, trail: (string | number)[] = []): Unstorable | undefined {
  if (typeof value === 'string') {
    const what = brokenText(value);
    return what === undefined ? undefined : { path: [...trail], what };
  }
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : { path: [...trail], what: 'a number that is too large' };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const list = Array.isArray(value);
  for (const [key, inner] of Object.entries(value)) {
    const what = list ? undefined : brokenText(key);
    if (what !== undefined) return { path: [...trail], what: `${what} in a name` };
    trail.push(list ? Number(key) : key);
    const found = unstorable(inner, trail);
    if (found !== undefined) return found;
    trail.pop();
  }
  return undefined;
}
