/**
 * The exit codes, of every command. A command may give 1 a meaning of its own, as `diff`: they differ.
 *
 * - 0: done
 * - 1: something went wrong that has no code of its own: no server, no disk
 * - 2: a command line that makes no sense
 * - 3: no token, or one that is not good any more
 * - 4: what was named is not there
 * - 5: the token may not do that
 * - 6: a conflict: another version, in use, protected, decided already
 * - 7: a file, a manifest or a spec that is not valid
 * - 130: interrupted
 */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unauthorized: 3,
  notFound: 4,
  forbidden: 5,
  conflict: 6,
  invalid: 7,
  interrupted: 130,
} as const;

export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** Something went wrong, and the words for it are there: a first line, and lines with what to do, which are indented. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exit: Exit;
  readonly hints: readonly string[];
  /** Further members of what is told as JSON. */
  readonly more: Readonly<Record<string, unknown>> | undefined;

  constructor(
    exit: Exit,
    message: string,
    hints: readonly string[] = [],
    more: Readonly<Record<string, unknown>> | undefined = undefined,
  ) {
    super(message);
    this.exit = exit;
    this.hints = hints;
    this.more = more;
  }
}
