import { preview } from '@flagwright/core';
import { type SetKeys, type SetName, setKeys } from './keys.ts';

/** A set of flags in Redis. */
export interface RedisSet {
  readonly keys: SetKeys;
  /** How messages name it. */
  readonly title: string;
}

/** The set of that name. Throws `FlagError('INVALID_ARGUMENT')`. */
export function redisSet(name: SetName): RedisSet {
  const keys = setKeys(name);
  return { keys, title: `the flag set of project ${preview(name.project)}, stage ${preview(name.stage)}` };
}
