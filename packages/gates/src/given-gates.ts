import { FlagError, isRecord, preview } from '@flagwright/core';

/** Checks that these are gates as `defineGates` makes them. Throws `FlagError('INVALID_ARGUMENT')`, also for a holder. */
export function checkGatesGiven(gates: unknown): void {
  if (isRecord(gates) && typeof gates.with === 'function' && typeof gates.list === 'function') return;
  const live = isRecord(gates) && 'current' in gates;
  const what = live ? 'these are live gates' : `${preview(gates)} is no gates`;
  const expected = live ? 'the gates in them: live.current' : 'what defineGates returns';
  throw new FlagError('INVALID_ARGUMENT', `${what}; expected ${expected}`);
}

/** Checks that options are none, or an object. Throws `FlagError('INVALID_ARGUMENT')`. */
export function checkOptionsGiven(options: unknown): void {
  if (options === undefined || isRecord(options)) return;
  throw new FlagError('INVALID_ARGUMENT', `options are ${preview(options)}; expected an object, or nothing`);
}
