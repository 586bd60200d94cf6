import type { Exit } from './command-error.ts';

/** What is said of an error: a first line, and indented hints below. */
export interface Words {
  readonly message: string;
  readonly hints: readonly string[];
}

/** An error as it is told, with the code the process ends with. */
export interface Told extends Words {
  readonly exit: Exit;
  /** Further members of what is told as JSON. */
  readonly more?: Readonly<Record<string, unknown>>;
}
