import { type LineOutput, type LineStream, lineOutput } from './log-output.ts';

/** How much a line matters, least first. */
export type Level = 'debug' | 'info' | 'warn' | 'error';

/** A line of the log. No secrets of tokens, no values of queries, no bodies. */
export interface LogLine {
  readonly level: Level;
  readonly message: string;
  readonly requestId?: string | undefined;
  readonly method?: string | undefined;
  /** The id of the operation. */
  readonly operation?: string | undefined;
  /** Without the query. */
  readonly path?: string | undefined;
  readonly status?: number | undefined;
  /** How long it took. */
  readonly ms?: number | undefined;
  readonly subject?: string | undefined;
  /** The id of the token, which is no secret. */
  readonly token?: string | undefined;
  /** What went wrong within. */
  readonly error?: LoggedError | undefined;
}

/** An error, for those who run the server. */
export interface LoggedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly stack?: string | undefined;
}

/** Takes the lines of the log. Must not throw. */
export interface Logger {
  (line: LogLine): void;
  /** How many lines could not be written so far, if it knows. */
  readonly dropped?: (() => number) | undefined;
}

/** Options of `jsonLogger`. */
export interface JsonLoggerOptions {
  /** What matters less is left out. Default: `info`. */
  readonly level?: Level | undefined;
  /** Takes each line, with its end, in place of a stream. */
  readonly write?: ((text: string) => void) | undefined;
  /**
   * Where lines are written; those that it does not take, as it is broken or not read, are dropped and counted. Default:
   * standard output.
   */
  readonly stream?: LineStream | undefined;
}

const LEVELS: readonly Level[] = ['debug', 'info', 'warn', 'error'];

/** A log of JSON objects, one a line, each with its `time` by RFC 3339; control characters are escaped, those of terminals too. */
export function jsonLogger({ level = 'info', write, stream }: JsonLoggerOptions = {}): Logger {
  const least = LEVELS.indexOf(level);
  const to = (put: (text: string) => void) => (line: LogLine) => {
    if (LEVELS.indexOf(line.level) >= least) put(textOf(line));
  };
  if (write !== undefined) return to(write);
  const output = stream === undefined ? standardOutput() : outputTo(stream);
  return Object.assign(to(output.write), { dropped: output.dropped });
}

let standard: LineOutput | undefined;

/** One for all: each of its own would listen for errors of the stream. */
function standardOutput(): LineOutput {
  standard ??= outputTo(process.stdout);
  return standard;
}

function outputTo(stream: LineStream): LineOutput {
  return lineOutput(stream, (dropped) =>
    textOf({ level: 'warn', message: `the log could not be written for a while: ${dropped} lines were dropped` }),
  );
}

function textOf(line: LogLine): string {
  return `${escaped(JSON.stringify({ time: new Date().toISOString(), ...line }))}\n`;
}

/** JSON escapes the control characters of ASCII but for DEL, and none of those above: CSI moves cursors. */
function escaped(json: string): string {
  return json.replace(/[\x7f-\x9f\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const MOST_SHOWN = 4_000;

/** Whatever was thrown, for the log; a cause that says more is shown instead of what wraps it. */
export function loggedError(thrown: unknown): LoggedError {
  if (!(thrown instanceof Error)) return { name: 'unknown', message: `a ${typeof thrown} was thrown` };
  const { name, message, stack, cause } = thrown;
  const code: unknown = 'code' in thrown ? thrown.code : undefined;
  const below = cause instanceof Error ? `; caused by ${cause.name}: ${cause.message}` : '';
  return {
    name,
    message: `${message}${below}`.slice(0, MOST_SHOWN),
    code: typeof code === 'string' ? code : undefined,
    stack: stack?.slice(0, MOST_SHOWN),
  };
}
