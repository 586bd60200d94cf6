import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ControlPlane, controlPlane } from '@flagwright/server/client';
import { bundleProgram, type Program, until } from '@flagwright/test-servers';

/** `flagctl` as a program of its own, as it is here. */
export function flagctl(): Promise<Program> {
  return bundleProgram({
    file: new URL('../../../packages/cli/src/bin.ts', import.meta.url).pathname,
    external: ['pg', '@electric-sql/pglite'],
    nodeModules: new URL('../node_modules', import.meta.url).pathname,
  });
}

/** A server that is a process. */
export interface ServerProcess {
  readonly url: string;
  readonly api: ControlPlane;
  /** Ends it as if its machine had lost power, but for the disk. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Where a server keeps its flags. */
export interface Place {
  /** Of `flagctl serve`. */
  readonly options: readonly string[];
  /** A folder for the file of the first token. */
  readonly folder: string;
}

/** Starts `flagctl serve` on a free port; resolves once it serves. */
export async function serve(program: Program, { options, folder }: Place): Promise<ServerProcess> {
  const tokenFile = join(folder, 'token');
  const child = spawn(
    process.execPath,
    [program.path, 'serve', '--port', '0', '--log-level', 'error', '--token-file', tokenFile, ...options],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH } },
  );
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  const url = await until(
    () => `the server serves; it said: ${out}`,
    () => {
      if (child.exitCode !== null) throw new Error(`flagctl ended with ${child.exitCode}: ${out}`);
      return /address\s+(\S+)/.exec(out)?.[1];
    },
    60_000,
  );
  const token = (await readFile(tokenFile, 'utf8')).trim();
  return {
    url,
    // no second try: what became of each request is looked at
    api: controlPlane({ url, token, retries: 0 }),
    kill: () => end(child, 'SIGKILL'),
    stop: () => end(child, 'SIGTERM'),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
