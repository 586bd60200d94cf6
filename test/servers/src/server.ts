import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GuardedFolder, isStopped } from './guarded-folder.ts';
import type { User } from './run.ts';
import { until } from './until.ts';

/** A server on 127.0.0.1 with all its processes. It ends with the process that started it, in whatever way that ends. */
export interface Server {
  readonly port: number;
  /** Stop all its processes by SIGSTOP: connections stay open and nobody answers. Resolves when all stand still. */
  pause(): Promise<void>;
  /** Let the processes go on after `pause`. */
  resume(): Promise<void>;
  /** End all its processes by SIGKILL. Resolves when they are gone; the data stay. */
  kill(): Promise<void>;
  /** Start it again after `kill`, on the same port and data. Resolves when it answers. */
  start(): Promise<void>;
  /** Shut it down and remove its data. May be called again. */
  stop(): Promise<void>;
}

/** What to run as a server. */
export interface ServerOptions {
  /** What to call it in messages. */
  readonly name: string;
  /** 0: it chooses one. */
  readonly port: number;
  /** Where it runs and keeps its data; removed by `stop`. */
  readonly folder: GuardedFolder;
  readonly file: string;
  readonly args: readonly string[];
  readonly user?: User | undefined;
  /** The signal that asks it to shut down at once. */
  readonly shutdown: NodeJS.Signals;
  /** Whether the process with this id takes commands. */
  ready(pid: number): boolean | Promise<boolean>;
}

/** How long a server may take to start (crash recovery included) and to shut down, in ms. */
const START = 60_000;
const SHUTDOWN = 10_000;

/** Start a server. Resolves when it takes commands; if it never does, nothing of it is left. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { port, folder, file, args, user, shutdown } = options;
  const name = port === 0 ? options.name : `${options.name} on port ${port}`;
  const log = join(folder.path, 'log');
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    if (child !== undefined && isRunning(child)) throw new Error(`${name} runs already`);
    const output = openSync(log, 'a');
    const started = spawn(file, args, { cwd: folder.path, stdio: ['ignore', output, output], ...user });
    closeSync(output);
    await once(started, 'spawn');
    started.unref();
    child = started;
    const takesCommands = (): string => `${name} takes commands. The end of its log:\n${tail(log)}`;
    await until(
      takesCommands,
      () => {
        if (isRunning(started)) return options.ready(started.pid!);
        throw new Error(`Ended with ${started.exitCode ?? started.signalCode} before ${takesCommands()}`);
      },
      START,
    );
  }

  /** Send a signal to the processes until there is none that has not obeyed. */
  async function signal(sent: NodeJS.Signals, obeys: (pid: number) => boolean): Promise<void> {
    await until(`${name} has obeyed ${sent}`, () => {
      const left = folder.processes().filter((pid) => !obeys(pid));
      for (const pid of left) send(pid, sent);
      return left.length === 0;
    });
  }

  const server: Server = {
    port,
    start,
    pause: () => signal('SIGSTOP', isStopped),
    resume: () => signal('SIGCONT', (pid) => !isStopped(pid)),
    async kill() {
      await signal('SIGKILL', () => false);
      if (child !== undefined) await exit(child);
    },
    async stop() {
      if (child !== undefined && isRunning(child)) {
        await server.resume();
        child.kill(shutdown);
        await Promise.race([exit(child), sleep(SHUTDOWN, undefined, { ref: false })]);
      }
      // Ends what has not shut down in time.
      await folder.remove();
      if (child !== undefined) await exit(child);
    },
  };

  try {
    await start();
  } catch (error) {
    await folder.remove();
    throw error;
  }
  return server;
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function exit(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  child.ref();
  await once(child, 'exit');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

function tail(path: string): string {
  return readFileSync(path, 'utf8').split('\n').slice(-30).join('\n').trim();
}
