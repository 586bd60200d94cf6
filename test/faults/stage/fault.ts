import { HEARTBEAT, TIMEOUT } from '../crew/stores.ts';
import type { Mode } from '../crew/writer.ts';

/**
 * How a fault shows: connections `break`; nobody answers (`silence`); only the connections for `hints` are lost, and
 * every read goes well; or whoever reads is `told` that there are no flags, and nobody is hinted at that.
 */
export type Symptom = 'break' | 'silence' | 'hints' | 'told';

/** Something that happens to a server. */
export interface Fault {
  readonly symptom: Symptom;
  /** For how long the server is away at least and at most, in ms. */
  readonly away: readonly [number, number];
  /** Makes ready for it, before anything is measured. */
  prepare?(): Promise<void>;
  strike(): Promise<void>;
  mend(): Promise<void>;
  /** Puts back, when the round is over, what `mend` did in place of it. */
  after?(): Promise<void>;
  /** What the writers do meanwhile. Default: `all`. */
  readonly mode?: Mode;
  /** Nothing is being written at the moment of the strike. */
  readonly calm?: boolean;
  /** The code that comes with `stale`. Default: `UNAVAILABLE`. */
  readonly code?: string;
  /** How long followers may take to read again after the server answers, in ms. Default: `FRESH_WITHIN`. */
  readonly freshWithin?: number;
  /** When the server answers again, if a plain client does not see the fault. */
  readonly answers?: () => Promise<boolean>;
}

/** Faults by name, of a backend that is there only when the tests run. */
export type Faults<B> = Readonly<Record<string, (backend: B) => Fault>>;

/**
 * How long followers may take to notice, in ms: that connections break, at once and as long as it takes to be refused
 * again, for a store over a client that connects by itself a second more; that nobody answers, two heartbeats and the
 * time-out of a read. The rest is for a machine with other things to do.
 */
export const NOTICED_WITHIN: Readonly<Record<Symptom, number>> = {
  break: 1_500,
  told: 1_500,
  silence: 2 * HEARTBEAT + TIMEOUT + 700,
  hints: Number.POSITIVE_INFINITY,
};

/** The aim is 1,000 ms; the rest is for a machine with other things to do. */
export const FRESH_WITHIN = 3_000;

/** How long what the writers did last may take to show, in ms: hints, and not the refresh interval. */
export const CONVERGED_WITHIN = 3_000;

/** How long a commit may take, in ms: a connection, and an answer. */
export const COMMITTED_WITHIN: number = 2 * TIMEOUT + 1_000;
