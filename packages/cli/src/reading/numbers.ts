import { durationOf } from '@flagwright/core';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';

/** An option that is a whole number from 1 to `most`; undefined if it was not given. Throws `UsageError`. */
export function countIn(call: Pick<Call, 'text'>, name: string, most: number): number | undefined {
  const text = call.text(name);
  if (text === undefined) return undefined;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= most) return number;
  throw new UsageError(`--${name} is ${JSON.stringify(text)}; expected a whole number from 1 to ${most}`);
}

/** An option that is a duration, as `10s`, in ms; undefined if it was not given. Throws `UsageError`. */
export function durationIn(call: Pick<Call, 'text'>, name: string, least: number, most: number): number | undefined {
  const text = call.text(name);
  if (text === undefined) return undefined;
  const ms = durationOf(text);
  if (ms !== undefined && ms >= least && ms <= most) return ms;
  throw new UsageError(
    `--${name} is ${JSON.stringify(text)}; expected a duration from ${least / 1_000}s to ${most / 3_600_000}h, as 2s, 10s or 1m`,
  );
}
