import { FlagError } from '@flagwright/core';

/** The error of a client that has given up for good, or undefined if it goes on: what `failed` was emitted with. */
export function refusalOf(thrown: unknown): FlagError | undefined {
  const status = statusOf(thrown);
  if (status === undefined) return undefined;
  if (status === 401 || status === 403) {
    return new FlagError('UNAUTHORIZED', `LaunchDarkly refused the SDK key (${status})`, { cause: thrown });
  }
  const message = `LaunchDarkly answered ${status}, and its client gave up`;
  return new FlagError('UNAVAILABLE', message, { cause: thrown });
}

/** The HTTP status with which a client gave up. It tries again after 400, 408 and 429, and after 500 and above. */
function statusOf(thrown: unknown): number | undefined {
  const { code, message } = (thrown ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === 'number') return code;
  const said = String(message);
  if (said.startsWith('Authentication failed')) return 401;
  const status = /^Received error (\d{3}) .*giving up permanently$/.exec(said)?.[1];
  return status === undefined ? undefined : Number(status);
}
