import { isatty } from 'node:tty';
import { CommandError, EXIT } from './errors/command-error.ts';
import { homeFolder } from './files/home.ts';
import { flagctl } from './index.ts';
import type { World } from './world.ts';

let interruption: AbortController | undefined;

const words = new Set<() => void>();

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Of signals, the first one stops what can be stopped; another one, of either kind, ends the process as it would by itself. */
function onSignal(signal: NodeJS.Signals): void {
  if (interruption !== undefined && !interruption.signal.aborted) {
    interruption.abort();
    return;
  }
  for (const one of SIGNALS) process.off(one, onSignal);
  for (const say of words) say();
  process.kill(process.pid, signal);
}

/** Listens to signals as long as there is something to do at one. */
function listen(): void {
  const listens = words.size > 0 || interruption?.signal.aborted === false;
  for (const signal of SIGNALS) {
    process.off(signal, onSignal);
    if (listens) process.on(signal, onSignal);
  }
}

const made = new Set<'stdout' | 'stderr'>();

/** A stream of the process: a full disk, or a reader that has gone, must not end a server. */
function lasting(name: 'stdout' | 'stderr'): NodeJS.WriteStream {
  if (!made.has(name)) process[name].on('error', () => undefined);
  made.add(name);
  return process[name];
}

/** Why the standard output was not written: nobody reads it any more, which is for `flagctl` to know, or what went wrong. */
function unwritten(error: NodeJS.ErrnoException): Error {
  const { code = error.message } = error;
  if (code === 'EPIPE') return error;
  const why = { ENOSPC: 'there is no space left', EBADF: 'it is not open for writing' }[code];
  const shown = why === undefined ? code : `${why} (${code})`;
  return new CommandError(EXIT.failed, `the standard output cannot be written: ${shown}`, ['What was done stays done']);
}

/** The process, as a command line sees it. Streams are made when they are used: each takes a while. */
const world: World = {
  env: process.env,
  cwd: process.cwd(),
  get home() {
    return homeFolder();
  },
  out: (text) =>
    new Promise((resolve, reject) => {
      lasting('stdout').write(text, (error) => (error ? reject(unwritten(error)) : resolve()));
    }),
  err: (text) => void lasting('stderr').write(text),
  get log() {
    return lasting('stderr');
  },
  async input() {
    const { textOfStream } = await import('./terminal/input.ts');
    return textOfStream(process.stdin);
  },
  async *stream(signal) {
    const { addAbortSignal } = await import('node:stream');
    yield* addAbortSignal(signal, process.stdin);
  },
  terminal: {
    in: isatty(0),
    out: isatty(1),
    err: isatty(2),
    get columns() {
      return process.stdout.columns ?? 80;
    },
  },
  async ask(question) {
    const { askOn } = await import('./terminal/ask.ts');
    return askOn(process.stdin, process.stderr, question);
  },
  async askSecret(question) {
    const { askSecretOn } = await import('./terminal/ask-secret.ts');
    return askSecretOn(process.stdin, process.stderr, question);
  },
  async run(program, args) {
    const { runProgram } = await import('./terminal/run.ts');
    return runProgram(program, args);
  },
  now: Date.now,
  interrupted() {
    if (interruption !== undefined) return interruption.signal;
    interruption = new AbortController();
    interruption.signal.addEventListener('abort', listen);
    listen();
    return interruption.signal;
  },
  lastWords(say) {
    words.add(say);
    listen();
    return () => {
      words.delete(say);
      listen();
    };
  },
};

/** Runs the command line of the process. */
export async function main(): Promise<void> {
  process.exitCode = await flagctl(process.argv.slice(2), world);
}
