import { FlagError } from '@flagwright/core';

/**
 * The error of a client that has given up for good, or undefined if it goes on: what `failed` was emitted with. `heard`
 * is the status with which it gave up, if it was heard: with version 9's `dataSystem` the failure does not have it.
 */
export function refusalOf(thrown: unknown, heard?: number): FlagError | undefined {
  const status = statusOf(thrown);
  if (status !== undefined) return refusalFor(status);
  if (!String(messageOf(thrown)).startsWith('CompositeDataSource has exhausted')) return undefined;
  if (heard !== undefined) return refusalFor(heard);
  return new FlagError('UNAVAILABLE', 'the client of LaunchDarkly gave up');
}

/** The error of a client that has given up after an HTTP status. */
export function refusalFor(status: number): FlagError {
  if (status === 401 || status === 403) {
    return new FlagError('UNAUTHORIZED', `LaunchDarkly refused the SDK key (${status})`);
  }
  return new FlagError('UNAVAILABLE', `LaunchDarkly answered ${status}, and its client gave up`);
}

/** The HTTP status with which a client gave up. It tries again after 400, 408 and 429, and after 500 and above. */
function statusOf(thrown: unknown): number | undefined {
  const { code } = (thrown ?? {}) as { readonly code?: unknown };
  if (typeof code === 'number') return code;
  const said = String(messageOf(thrown));
  if (said.startsWith('Authentication failed')) return 401;
  const status = /^Received error (\d{3}) .*giving up permanently$/s.exec(said)?.[1];
  return status === undefined ? undefined : Number(status);
}

function messageOf(thrown: unknown): unknown {
  return ((thrown ?? {}) as { readonly message?: unknown }).message;
}
