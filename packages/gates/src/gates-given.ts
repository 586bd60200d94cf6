import { FlagError, isRecord, preview } from '@flagwright/core';
import type { Gates } from './gates.ts';

/** Whether a value is gates. They may be of another copy of this package, so they are known by what they can do. */
export function isGates(value: unknown): value is Gates {
  if (!isRecord(value) || !isRecord(value.program)) return false;
  return (['list', 'state', 'has', 'history'] as const).every((method) => typeof value[method] === 'function');
}

/** Lets gates pass. Throws `FlagError('INVALID_ARGUMENT')` for anything else, a holder among it. */
export function mustBeGates(value: unknown): void {
  if (isGates(value)) return;
  const hint = isRecord(value) && isGates(value.current) ? '. This is a holder: give what is `current` of it' : '';
  throw new FlagError(
    'INVALID_ARGUMENT',
    `gates is ${preview(value)}; expected feature gates, as defineGates returns them${hint}`,
  );
}
