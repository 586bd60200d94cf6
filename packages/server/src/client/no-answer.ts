import { FlagError, type FlagErrorCode } from '@flagwright/core';

/**
 * Why there is no answer of Flagwright:
 *
 * - `address`: nothing can be sent to this address
 * - `unreached`: no connection; nothing was sent
 * - `insecure`: no connection that is secure; nothing was sent
 * - `lost`: the connection ended before the answer did
 * - `late`: the whole answer did not come in time
 * - `too-large`: the answer is too long to be read
 * - `foreign`: something else has answered, as a proxy whose server does not
 */
export type Silence = 'address' | 'unreached' | 'insecure' | 'lost' | 'late' | 'too-large' | 'foreign';

/**
 * There is no answer, or none of Flagwright. `code` is `UNKNOWN` where a change may have been made, else `UNAVAILABLE`;
 * `INVALID_ARGUMENT` for an address, and `TOO_LARGE` for a long answer to what only reads.
 */
export interface NoAnswer extends FlagError {
  readonly silence: Silence;
  /** What is known beside: a word of the system for it, as `ECONNRESET`, or what has answered. */
  readonly detail: string | undefined;
}

/** Whether what was thrown is a `NoAnswer`. */
export function isNoAnswer(thrown: unknown): thrown is NoAnswer {
  return thrown instanceof FlagError && 'silence' in thrown;
}

/** A `NoAnswer`. `changing`: something may have been changed by what was sent. */
export function noAnswer(
  silence: Silence,
  changing: boolean,
  message: string,
  { detail, code, cause }: { readonly detail?: string; readonly code?: FlagErrorCode; readonly cause?: unknown } = {},
): NoAnswer {
  const error = changing
    ? new FlagError('UNKNOWN', `${message}, so it may have been done or not. Hint: look before trying again`, { cause })
    : new FlagError(code ?? 'UNAVAILABLE', message, { cause });
  return Object.assign(error, { silence, detail });
}

/** Beginnings of what is said of connections, by which they are told apart. */
const SAID: readonly (readonly [beginning: string, silence: Silence])[] = [
  ['the port in url', 'address'],
  ['no secure connection', 'insecure'],
  ['the server could not be reached', 'unreached'],
];

/** What went wrong with a connection, as a `NoAnswer`. */
export function noConnection(error: FlagError, changing: boolean): NoAnswer {
  const { message, cause } = error;
  const detail = /\((\w+)\)/.exec(message)?.[1];
  const silence = SAID.find(([beginning]) => message.startsWith(beginning))?.[1];
  if (silence !== undefined) return Object.assign(error, { silence, detail });
  const why = detail === undefined ? '' : ` (${detail})`;
  return noAnswer('lost', changing, `the connection to the server was lost${why}`, {
    cause,
    ...(detail === undefined ? {} : { detail }),
  });
}
