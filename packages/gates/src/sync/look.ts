import { FlagError, preview } from '@flagwright/core';
import { ALL_OF, badName } from '../names.ts';
import type { Memory } from './baseline.ts';
import type { SyncMode } from './decide.ts';
import type { LocalGates } from './local.ts';

/** The local gates at one moment. */
export interface Here {
  /** Those that are set, and have names. */
  readonly gates: ReadonlyMap<string, boolean>;
  /** Those that have disappeared just now, which may mean nothing yet: they are left alone until it does. */
  readonly disappeared: ReadonlySet<string>;
  /** How long until it does, in ms; undefined if none has disappeared. */
  readonly settling: number | undefined;
  /** There is something that could hold gates. */
  readonly there: boolean;
  /** What is set and has no name, or is neither true nor false, and why that is wrong. */
  readonly strange: ReadonlyMap<string, string>;
  /** Names of gates that are neither true nor false: they are left alone on both sides. */
  readonly left: ReadonlySet<string>;
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
  let last: { readonly text: string; readonly since: number } | undefined;

  function settled(
    memory: Memory,
    { gates, left }: Pick<Here, 'gates' | 'left'>,
  ): Pick<Here, 'disappeared' | 'settling'> {
    const { settle = 0 } = local;
    const missing = [...memory.gates].flatMap(([name, { agreed, pull }]) => {
      const expected = agreed?.value !== undefined && !(pull !== undefined && pull.value === undefined);
      return expected && !gates.has(name) && !left.has(name) ? [name] : [];
    });
    const text = JSON.stringify([...gates].sort());
    if (missing.length === 0) last = undefined;
    else if (last?.text !== text) last = { text, since: clock() };
    // a clock that was set back must not make it longer
    const passed = last === undefined ? settle : Math.abs(clock() - last.since);
    if (passed >= settle) return { disappeared: new Set(), settling: undefined };
    return { disappeared: new Set(missing.sort()), settling: settle - passed };
  }

  return async (memory, mode) => {
    const { there, ...found } = await readHere(local);
    if (there || memory.gates.size === 0) {
      goneSince = undefined;
      return { ...found, ...settled(memory, found), there, gone: false };
    }
    goneSince ??= clock();
    if (mode === 'push-only') {
      throw new FlagError('NOT_FOUND', `${local.name} is gone. Hint: make it, empty if no gate is to be set`);
    }
    if (clock() - goneSince < GONE_FOR) {
      throw new FlagError('NOT_FOUND', `${local.name} is gone, and will be made anew from the cluster`);
    }
    const nothing = { gates: new Map<string, boolean>(), strange: new Map<string, string>(), left: new Set<string>() };
    return { ...nothing, disappeared: new Set(), settling: undefined, there: false, gone: true };
  };
}

/** Reads local gates, which may be whatever somebody has written. Throws `FlagError`. */
export async function readHere(local: LocalGates): Promise<Omit<Here, 'gone' | 'disappeared' | 'settling'>> {
  const given: unknown = await local.read();
  if (given !== undefined && given !== null && !(given instanceof Map)) {
    throw new FlagError(
      'INVALID_ARGUMENT',
      `${local.name} gave ${preview(given)}; expected a Map of names to booleans`,
    );
  }
  const gates = new Map<string, boolean>();
  const strange = new Map<string, string>();
  const left = new Set<string>();
  for (const [name, value] of (given ?? []) as Iterable<readonly [unknown, unknown]>) {
    if (value === undefined || value === null) continue;
    const why = typeof name === 'string' ? whyNoName(name) : 'a name is a text';
    if (why === undefined && typeof value === 'boolean') {
      gates.set(name as string, value);
    } else {
      strange.set(`${String(name)} in ${local.name}`, why ?? `it is ${preview(value)}; expected true or false`);
      if (why === undefined) left.add(name as string);
    }
  }
  return { gates, strange, left, there: given !== undefined && given !== null };
}

/** Why nothing is brought over under this name; undefined if it is. */
export function whyNoName(name: string): string | undefined {
  return Object.hasOwn(ALL_OF, name) ? undefined : badName(name);
}
