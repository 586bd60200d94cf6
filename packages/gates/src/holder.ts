import type { Gates } from './gates.ts';
import type { Layer, LayerName } from './layer.ts';
import { answersOf } from './quick.ts';
import { callBack } from './warn.ts';

/** Told after a swap, with the gates before and after. */
export type GatesListener<N extends string> = (now: Gates<N>, before: Gates<N>) => void;

/** The gates in use: one place to read from, whose gates are swapped whole. */
export interface LiveGates<N extends string = string> {
  /** The gates as they stand now; immutable, so a task that must not see a change keeps them. */
  readonly current: Gates<N>;
  /** Whether a gate is on now. Throws `FlagError('NOT_FOUND')` for a name that is not declared. */
  enabled(name: N): boolean;
  /** Lays layers over the gates. Throws as `Gates.with`, and then nothing has changed. */
  apply(...layers: readonly Layer[]): void;
  /** Takes a layer away. */
  drop(name: LayerName): void;
  /** Calls back after every swap; returns how to stop. A callback that throws, or rejects, is reported as a warning. */
  on(listener: GatesListener<N>): () => void;
}

/** Holds gates that may change while a program runs. */
export function gatesHolder<N extends string>(gates: Gates<N>): LiveGates<N> {
  let current = gates;
  let answers = answersOf(gates);
  const listeners = new Set<GatesListener<N>>();
  const untold: (readonly [now: Gates<N>, before: Gates<N>])[] = [];
  const swap = (next: Gates<N>): void => {
    // a listener may swap again: all are told of the first swap before any is told of the second
    const telling = untold.push([next, current]) > 1;
    current = next;
    answers = answersOf(next);
    if (telling) return;
    for (let told = untold[0]; told !== undefined; untold.shift(), told = untold[0]) {
      const [now, before] = told;
      for (const listener of [...listeners]) {
        callBack('a listener of the feature gates', () => listener(now, before));
      }
    }
  };
  return {
    get current() {
      return current;
    },
    enabled: (name) => answers.get(name) ?? current.enabled(name),
    apply: (...layers) => swap(current.with(...layers)),
    drop: (name) => swap(current.without(name)),
    on(listener) {
      const own: GatesListener<N> = (now, before) => listener(now, before);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}
