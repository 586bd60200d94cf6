import { isPromise } from './is-promise.ts';

/** The error for an argument that makes no sense, thrown where it is given; `code` is `INVALID_ARGUMENT`. */
export function invalid(message: string): TypeError & { readonly code: 'INVALID_ARGUMENT' } {
  return Object.assign(new TypeError(message), { code: 'INVALID_ARGUMENT' as const });
}

/** Whether something is an object of names and values, of whichever class: no list, no map, no promise of one. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(Symbol.iterator in value) && !isPromise(value);
}

/** Throws `INVALID_ARGUMENT` if options are no object, or one of them is not known. */
export function checkKnown(what: string, options: unknown, known: readonly string[]): void {
  if (!isRecord(options)) throw invalid(`${what} takes an object of options`);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw invalid(`${what} has no option ${JSON.stringify(name.slice(0, 40))}; expected one of ${known.join(', ')}`);
  }
}
