import type { Edit, FlagSource, FlagStore } from '@flagwright/core';
import type { TestContext } from 'vitest';

/** A source ready to be tested, alone in its world. */
export interface SourceFixture {
  readonly source: FlagSource;
  /** Changes what the source reads, as somebody else would. Absent: nothing can. */
  readonly change?: (edits: readonly Edit[]) => Promise<void>;
  /** Takes the origin away, so that reading fails or gives a stale copy. */
  readonly breakIt?: () => void | Promise<void>;
  /** Gives it back. */
  readonly mend?: () => void | Promise<void>;
  /** Closes the source if it is open, and removes what was made for it. */
  close(): Promise<void>;
}

/** A store ready to be tested, alone in its world. Without `change`, its own `commit` makes the changes. */
export interface StoreFixture extends SourceFixture {
  readonly source: FlagStore;
}

/** How long a contract listens. */
export interface Timing {
  /** How long a hint may take, in ms. Default: 2000. */
  readonly hintWithin?: number | undefined;
  /** How long to listen for hints that must not come, in ms. Default: 150. */
  readonly quietFor?: number | undefined;
}

/** Skips the test, with the reason printed, if what is tested has no such thing. */
export function need<T>(context: TestContext, capability: T | undefined, what: string): asserts capability is T {
  if (capability === undefined) context.skip(`this one has no ${what}`);
}
