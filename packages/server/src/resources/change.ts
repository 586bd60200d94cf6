/** Who makes a change, and why, for the history. */
export interface Author {
  readonly subject: string;
  readonly token: string | undefined;
  readonly request: string;
}

/** What is said of a change beside what it changes. */
export interface Change {
  readonly by: Author;
  /** `create`, `update`, `delete`, or what a kind of its own has, as `apply`. */
  readonly action: string;
  readonly comment?: string | undefined;
  /** Whether a protection or a check was overridden. */
  readonly forced?: boolean | undefined;
  /** Whatever else is to be remembered. */
  readonly details?: unknown;
}

/** What a resource says, its names and times aside. */
export interface Content {
  readonly spec: unknown;
  readonly status?: unknown;
}
