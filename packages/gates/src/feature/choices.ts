import { FlagError, preview } from '@flagwright/core';
import type { Gates } from '../gates.ts';
import type { Declared } from './gates-from.ts';

/** The gate of each gated value: `{ region: 'MultiRegion' }`. Values that are not in it are there for everybody. */
export type ChoiceGates<N extends string> = Readonly<Record<string, N>>;

/** Values as their gates leave them. */
export interface Choices<N extends string> {
  /** What may be chosen now, in the order given. */
  readonly open: readonly string[];
  /** The gate of each value that may not. */
  readonly closed: ReadonlyMap<string, N>;
}

/**
 * Sorts the values of an option by their gates. Throws `FlagError('NOT_FOUND')` for a gate that is not declared, also of
 * a value that is not among these.
 */
export function sortChoices<N extends string>(
  gates: Gates<N>,
  values: readonly string[],
  gated: ChoiceGates<Declared<N>>,
): Choices<N> {
  const shut = new Map<string, N>();
  for (const [value, gate] of Object.entries<N>(gated)) if (!gates.state(gate).enabled) shut.set(value, gate);
  return {
    open: values.filter((value) => !shut.has(value)),
    closed: new Map([...shut].filter(([value]) => values.includes(value))),
  };
}

/** A note for the help on values that are closed: `with feature gate MultiRegion: "region"`; empty if none is. */
export function choiceNote({ closed }: Choices<string>): string {
  const byGate = new Map<string, string[]>();
  for (const [value, gate] of closed) byGate.set(gate, [...(byGate.get(gate) ?? []), JSON.stringify(value)]);
  return [...byGate].map(([gate, values]) => `with feature gate ${gate}: ${values.join(', ')}`).join('; ');
}

/** What may be chosen, in the words of commander; it has none for nothing. */
export function allowedChoices({ open }: Choices<string>): string {
  return open.length === 0 ? 'There is nothing to choose from.' : `Allowed choices are ${open.join(', ')}.`;
}

/** Throws `FlagError('INVALID_ARGUMENT')` if what is given by default, one value or several, is closed. */
export function checkDefault(option: string, byDefault: unknown, { closed }: Choices<string>): void {
  const values: readonly unknown[] = Array.isArray(byDefault) ? byDefault : [byDefault];
  const shut = values.find((value) => closed.has(value as string));
  if (shut === undefined) return;
  const found = `the default of ${option} is ${preview(shut)}, which is behind the feature gate`;
  throw new FlagError('INVALID_ARGUMENT', `${found} ${closed.get(shut as string)}; expected one for everybody`);
}
