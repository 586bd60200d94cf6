import { FlagError, isRecord, preview } from '@flagwright/core';

/** The options as they are. Throws `FlagError('INVALID_ARGUMENT')` if they are no object. */
export function recordOf<O>(options: O, example: string): O {
  if (isRecord(options)) return options;
  throw new FlagError('INVALID_ARGUMENT', `the options are none; expected e.g. ${example}`);
}

/** Refuses what is no whole number of a range, with `INVALID_ARGUMENT`. */
export function checkWhole(name: string, value: unknown, least: number, most: number, unit: string): void {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return;
  throw new FlagError(
    'INVALID_ARGUMENT',
    `${name} is ${typeof value === 'number' ? value : preview(value)}; expected ${unit} from ${least} to ${most}`,
  );
}

/** The name of an exporter. Throws `FlagError('INVALID_ARGUMENT')` if it is none: names stand in metrics and messages. */
export function checkedName(name: unknown): string {
  if (typeof name === 'string' && /^[\p{L}\p{N}_.-]{1,64}$/u.test(name)) return name;
  // it is not shown: an address may hold a secret
  throw new FlagError('INVALID_ARGUMENT', 'the name is no short word; expected at most 64 letters, digits, _, . and -');
}

/** Refuses what is no function, with `INVALID_ARGUMENT`; undefined may be. */
export function checkFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw new FlagError('INVALID_ARGUMENT', `${name} is ${preview(value)}; expected a function`);
}
