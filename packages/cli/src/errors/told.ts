import type { Exit } from './command-error.ts';

/** An error as it is told: a first line, indented hints below, and the code the process ends with. */
export interface Told {
  readonly exit: Exit;
  readonly message: string;
  readonly hints: readonly string[];
  /** Further members of what is told as JSON. */
  readonly more?: Readonly<Record<string, unknown>>;
}
