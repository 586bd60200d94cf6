import { FlagError, type FlagErrorCode } from '@flagwright/core';

/**
 * What may be shown of whatever was thrown by `who`: a `FlagError` itself, of this copy of the package or of another, for
 * its message holds no secrets; of anything else only its class and code, as `UNKNOWN`, for nobody knows what address or
 * token its message repeats. The original is its cause. Never throws.
 */
export function shownError(who: string, thrown: unknown): FlagError {
  try {
    if (thrown instanceof FlagError && typeof thrown.message === 'string') return thrown;
  } catch {
    // even asking may throw
  }
  return ofAnotherCopy(thrown) ?? new FlagError('UNKNOWN', `${who} threw ${wordsOf(thrown)}`, { cause: thrown });
}

const CODES: Readonly<Record<FlagErrorCode, true>> = {
  PARSE_ERROR: true,
  INVALID_ARGUMENT: true,
  NOT_FOUND: true,
  NOT_READY: true,
  TOO_LARGE: true,
  UNAVAILABLE: true,
  UNAUTHORIZED: true,
  CONFLICT: true,
  MANAGED: true,
  UNSUPPORTED: true,
  UNKNOWN: true,
};

/** Where several versions are installed, the exporter's `FlagError` is not ours. */
function ofAnotherCopy(thrown: unknown): FlagError | undefined {
  const [code, message, retryAfter] = ['code', 'message', 'retryAfter'].map((name) => property(thrown, name));
  if (property(thrown, 'name') !== 'FlagError' || typeof message !== 'string') return undefined;
  if (typeof code !== 'string' || !Object.hasOwn(CODES, code)) return undefined;
  return new FlagError(code as FlagErrorCode, message, {
    cause: thrown,
    retryAfter: typeof retryAfter === 'number' ? retryAfter : undefined,
  });
}

function wordsOf(thrown: unknown): string {
  const words = [
    word(thrown, 'name') ?? typeof thrown,
    word(thrown, 'code') ?? word(property(thrown, 'cause'), 'code'),
  ];
  return words.filter((one) => one !== undefined).join(' ');
}

const WORD = /^\w{1,60}$/;

/** A property that is one plain word. */
function word(of: unknown, name: string): string | undefined {
  const value = property(of, name);
  return typeof value === 'string' && WORD.test(value) ? value : undefined;
}

function property(of: unknown, name: string): unknown {
  try {
    return (of as Record<string, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}
