import { plainCopy } from './plain.ts';

/** What is kept of a value that `JSON.stringify` refuses. */
const REFUSED = { depth: 100, values: 100_000, characters: 1 << 20 };

/**
 * A value as one line of JSON, without the line's end. Never throws, whatever is in it: of what JSON cannot hold (a cycle,
 * a BigInt, a `toJSON` that throws, 600 MB) the rest is written, and `null` if there is no rest.
 */
export function toJson(value: unknown): string {
  return plainly(value) ?? plainly(plainCopy(value, REFUSED).value) ?? 'null';
}

function plainly(value: unknown): string | undefined {
  try {
    const text: unknown = JSON.stringify(value);
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}
