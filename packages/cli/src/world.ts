import type { Writable } from 'node:stream';

/** All that a command line has to do with the outside; tests bring their own. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working folder, as an absolute path. */
  readonly cwd: string;
  /** The home folder of whoever runs it, as an absolute path. */
  readonly home: string;
  /** Writes to the standard output. Rejects if nobody reads it any more (`EPIPE`), or it is full. */
  out(text: string): void | Promise<void>;
  /** Writes to the standard error. */
  err(text: string): void;
  /** Never shows a text again, on neither output. */
  secret?(text: string): void;
  /** Where the log of a server goes. Default: as `err`. */
  readonly log?: Writable | undefined;
  /** All of the standard input, as text. Throws if it is not UTF-8. */
  input(): Promise<string>;
  /** The standard input as it comes; rejects at `signal`. Default: all of `input` at once. */
  stream?(signal: AbortSignal): AsyncIterable<Uint8Array | string>;
  readonly terminal: Terminal;
  /** Asks on the terminal, and resolves to the line that was typed; undefined at its end. */
  ask(question: string): Promise<string | undefined>;
  /** As `ask`, for what must not be seen on the terminal. Default: `ask`. */
  askSecret?(question: string): Promise<string | undefined>;
  /** Runs a program that has the terminal to itself, as an editor; resolves to its exit code, 128 + n for signal n. */
  run(program: string, args: readonly string[]): Promise<number>;
  /** In ms since the epoch. */
  now(): number;
  /** Aborted at the first SIGINT or SIGTERM, which then does not end the process. The second one does. */
  interrupted(): AbortSignal;
  /**
   * What is said before a signal ends the process, as of what is under way; at once, since nothing is waited for. Resolves to
   * what takes it back.
   */
  lastWords?(say: () => void): () => void;
  /** Makes requests. Default: the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

/** Which streams are a terminal, and how wide it is. */
export interface Terminal {
  readonly in: boolean;
  readonly out: boolean;
  readonly err: boolean;
  /** 80 where it is not known. */
  readonly columns: number;
}
