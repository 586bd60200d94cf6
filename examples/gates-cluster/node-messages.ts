/** What a node is started with. */
export interface Start {
  readonly name: string;
  /** Its gates, as its users edit them. */
  readonly file: string;
  /** The set of flags that is the cluster. */
  readonly stage: string;
  /** Whether it hears of changes at once; without, it asks every 4.5 s. */
  readonly hints: boolean;
  /** The node that begins: it brings its own gates to a cluster that has none. */
  readonly begins: boolean;
}

/** What a node tells, once it runs and whenever something has changed. */
export interface Heard {
  /** In ms since the epoch. */
  readonly at: number;
  /** Where it serves the gates of the cluster. */
  readonly url: string;
  /** Whether each gate is on. */
  readonly gates: Readonly<Record<string, boolean>>;
  /** What its file sets. */
  readonly file: Readonly<Record<string, boolean>>;
}

/** Lets the parent change gates over HTTP. */
export const TOKEN = 'an-example-and-no-secret';

/** The time in ms since the epoch, in fractions, for all processes of a machine. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
