/** A gate as one side has it; undefined: it is not set there. */
export type Value = boolean | undefined;

/** What both sides had, and the write that the cluster had then, if a gate's writer had made it. */
export interface Agreed {
  readonly value: Value;
  readonly write?: string | undefined;
}

/**
 * What a node remembers of one gate: what both sides last agreed on, and what it was about to do when it last wrote
 * this down. What is about to be done is written down first, so that after a crash the node can tell what was done from
 * what was not, and does nothing twice.
 */
export interface Entry {
  readonly agreed?: Agreed | undefined;
  /** Writes that were sent to the cluster, or were about to be, and of which it is not known whether they landed. */
  readonly push?: Outstanding | undefined;
  /** What was about to be put into the local gates. */
  readonly pull?: Agreed | undefined;
}

/** Writes of one gate that were all to replace the same definition, so that one of them has landed at most. */
export interface Outstanding {
  /** The definition to be replaced, as it was stored; null if there was none. */
  readonly base: unknown;
  /** One for each value, the newest last. */
  readonly sent: readonly Sent[];
}

export interface Sent {
  readonly id: string;
  readonly value: Value;
}
