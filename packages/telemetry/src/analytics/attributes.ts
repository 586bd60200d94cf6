import type { EvaluationContext, JsonValue } from '@flagwright/core';
import { FlagError, preview } from '@flagwright/core';
import { plainCopy, put, type Swap } from './plain.ts';

/** What of a context was listed. */
export interface Picked {
  /** Frozen; undefined if there is nothing. */
  readonly context: Readonly<Record<string, JsonValue>> | undefined;
  /** How much was left out of it. */
  readonly lost: number;
  /** What it takes of memory, in bytes, as `plainCopy` says it. */
  readonly bytes: number;
}

const NOTHING: Picked = { context: undefined, lost: 0, bytes: 0 };

/**
 * Takes frozen copies of the listed attributes, by exact name, out of a context; of `*` and other patterns nothing is known.
 * Never throws.
 */
export function picker(names: readonly string[]): (context: EvaluationContext, swap: Swap | undefined) => Picked {
  return (context, swap) => {
    const picked: Record<string, JsonValue> = {};
    let lost = 0;
    let bytes = 0;
    let some = false;
    for (const name of names) {
      let value: unknown;
      try {
        if (context === undefined || context === null || !Object.hasOwn(context, name)) continue;
        value = context[name];
      } catch {
        lost++;
        continue;
      }
      const copy = plainCopy(value, undefined, swap);
      lost += copy.lost;
      bytes += copy.bytes;
      if (copy.value === undefined) continue;
      put(picked, name, copy.value);
      some = true;
    }
    return some || lost > 0 ? { context: some ? Object.freeze(picked) : undefined, lost, bytes } : NOTHING;
  };
}

/** The names of attributes, each once; refuses what are none, with `INVALID_ARGUMENT`. */
export function checkNames(names: readonly string[] | undefined, hashed: boolean): readonly string[] {
  if (names === undefined) return [];
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string' && name !== '')) {
    throw new FlagError('INVALID_ARGUMENT', `context is ${preview(names)}; expected names of attributes: ['plan']`);
  }
  const key = names.find((name) => name === 'key' || name === 'targetingKey');
  if (hashed && key !== undefined) {
    throw new FlagError('INVALID_ARGUMENT', `context lists ${key}, which hashUserKeys hides; leave it out of the list`);
  }
  return [...new Set(names as readonly string[])];
}
