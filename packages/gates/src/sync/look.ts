import { FlagError } from '@flagwright/core';
import { ALL_OF, badName } from '../names.ts';
import type { Memory } from './baseline.ts';
import type { SyncMode } from './decide.ts';
import type { LocalGates } from './local.ts';

/** The local gates at one moment. */
export interface Here {
  /** Those that are set, and have names. */
  readonly gates: ReadonlyMap<string, boolean>;
  /** There is something that could hold gates. */
  readonly there: boolean;
  /** What is set and has no name, and why it is none. */
  readonly strange: ReadonlyMap<string, string>;
  /** Whatever held them is gone, so that nothing follows from their not being there. */
  readonly gone: boolean;
}

/** Local gates that are gone are made anew after this time, in ms: an editor may be about to put them back. */
const GONE_FOR = 2_000;

/**
 * Looks at local gates. Throws `FlagError('NOT_FOUND')` if they were there and are gone: for a while, and always if
 * they are not to be written.
 */
export function looker(local: LocalGates, clock: () => number): (memory: Memory, mode: SyncMode) => Promise<Here> {
  let goneSince: number | undefined;
  return async (memory, mode) => {
    const gates = await local.read();
    if (gates !== undefined || memory.gates.size === 0) {
      goneSince = undefined;
      return { ...named(gates ?? new Map(), local.name), there: gates !== undefined, gone: false };
    }
    goneSince ??= clock();
    if (mode === 'push-only') {
      throw new FlagError('NOT_FOUND', `${local.name} is gone. Hint: make it, empty if no gate is to be set`);
    }
    if (clock() - goneSince < GONE_FOR) {
      throw new FlagError('NOT_FOUND', `${local.name} is gone, and will be made anew from the cluster`);
    }
    return { gates: new Map(), strange: new Map(), there: false, gone: true };
  };
}

function named(gates: ReadonlyMap<string, boolean>, where: string): Pick<Here, 'gates' | 'strange'> {
  const sound = new Map<string, boolean>();
  const strange = new Map<string, string>();
  for (const [name, value] of gates) {
    const why = Object.hasOwn(ALL_OF, name) ? undefined : badName(name);
    if (why === undefined) sound.set(name, value);
    else strange.set(`${name} in ${where}`, why);
  }
  return { gates: sound, strange };
}
