import { instantOf, isRecord, preview } from '@flagwright/core';

/** Looks at a value; resolves to what is wrong with it, as ` without id`, or undefined. `at` is where it stands. */
export type Shape = (value: unknown, at: string) => string | undefined;

/** What a value is, in a few words. */
function wordsOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const wrong = (value: unknown, at: string): string => `${at} is ${wordsOf(value)}`;

const ofType =
  (type: 'string' | 'number' | 'boolean'): Shape =>
  (value, at) =>
    typeof value === type ? undefined : wrong(value, at);

/** A string. */
export const text: Shape = ofType('string');

/** A number. */
export const number: Shape = ofType('number');

/** True or false. */
export const truth: Shape = ofType('boolean');

/** Whatever. */
export const anything: Shape = () => undefined;

/** An object, whatever it has. */
export const record: Shape = (value, at) => (isRecord(value) ? undefined : wrong(value, at));

/** A value, or null, or none. */
export const maybe =
  (shape: Shape): Shape =>
  (value, at) =>
    value === null || value === undefined ? undefined : shape(value, at);

/** An array, each of one shape. */
export const list =
  (shape: Shape): Shape =>
  (value, at) => {
    if (!Array.isArray(value)) return wrong(value, at);
    for (const [i, one] of value.entries()) {
      const found = shape(one, `${at}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  };

/** An object that has these members, and maybe others. */
export function object(members: Readonly<Record<string, Shape>>): Shape {
  const entries = Object.entries(members);
  return (value, at) => {
    if (!isRecord(value)) return wrong(value, at);
    for (const [name, shape] of entries) {
      const found = shape(Object.hasOwn(value, name) ? value[name] : undefined, `${at}.${name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** All of several. */
export const both =
  (...shapes: readonly Shape[]): Shape =>
  (value, at) => {
    for (const shape of shapes) {
      const found = shape(value, at);
      if (found !== undefined) return found;
    }
    return undefined;
  };

/** A value, or none; null is something else. */
export const optional =
  (shape: Shape): Shape =>
  (value, at) =>
    value === undefined ? undefined : shape(value, at);

/** A value, or null; it must be there. */
export const orNull =
  (shape: Shape): Shape =>
  (value, at) =>
    value === null ? undefined : shape(value, at);

/** What one of several shapes takes; what is wrong is told by the last of them. */
export const either =
  (...shapes: readonly Shape[]): Shape =>
  (value, at) => {
    let found: string | undefined;
    for (const shape of shapes) {
      found = shape(value, at);
      if (found === undefined) return undefined;
    }
    return found;
  };

/** One of several words. */
export const oneOf =
  (...words: readonly string[]): Shape =>
  (value, at) =>
    text(value, at) ?? (words.includes(value as string) ? undefined : `${at} is ${preview(value)}`);

/** A text of a form, which is `what`. */
export const formed =
  (what: string, isIt: (text: string) => boolean): Shape =>
  (value, at) =>
    text(value, at) ?? (isIt(value as string) ? undefined : `${at} is ${preview(value)}, and no ${what}`);

/** A point in time, as RFC 3339 has it. */
export const time: Shape = formed('time', (value) => instantOf(value) !== undefined);

/** How many: a whole number from 0. */
export const count: Shape = (value, at) =>
  number(value, at) ?? (Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : `${at} is ${value}`);

/** An object that has values of one shape, under whatever names. */
export const mapOf =
  (shape: Shape): Shape =>
  (value, at) => {
    if (!isRecord(value)) return wrong(value, at);
    for (const [name, one] of Object.entries(value)) {
      const found = shape(one, `${at}.${name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };
