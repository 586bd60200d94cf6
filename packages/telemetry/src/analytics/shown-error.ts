import { FlagError } from '@flagwright/core';

/**
 * What may be shown of whatever an exporter threw: a `FlagError` itself, whose message holds no secrets; of anything else
 * only its class and code, as `UNKNOWN`, for nobody knows what address or token its message repeats. The original is its
 * cause. Never throws.
 */
export function shownError(exporter: string, thrown: unknown): FlagError {
  try {
    if (thrown instanceof FlagError && typeof thrown.message === 'string') return thrown;
  } catch {
    // even asking may throw
  }
  const words = [
    word(thrown, 'name') ?? typeof thrown,
    word(thrown, 'code') ?? word(property(thrown, 'cause'), 'code'),
  ];
  const shown = words.filter((one) => one !== undefined).join(' ');
  return new FlagError('UNKNOWN', `${exporter} threw ${shown}`, { cause: thrown });
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
