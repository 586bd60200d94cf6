import type { Gates } from '../gates.ts';
import type { LiveGates } from '../live.ts';

/** Where gates are read from when they are needed: the gates themselves, their holder, or whatever returns either. */
export type GatesFrom<N extends string = string> = Gates<N> | LiveGates<N> | (() => Gates<N> | LiveGates<N>);

/** The gates as they stand now. */
export function gatesNow<N extends string>(from: GatesFrom<N>): Gates<N> {
  const given = typeof from === 'function' ? from() : from;
  return 'current' in given ? given.current : given;
}

/** A name of a gate that the gates beside it must know: `NoInfer`, which TypeScript has since 5.4. */
export type Declared<N extends string> = [N][N extends unknown ? 0 : never];
