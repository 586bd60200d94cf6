import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly errors: string;
  readonly lines: readonly string[];
  /** How long it lived on after its last line, in ms. */
  readonly idle: number;
}

/** Runs a program of Node to its end; it is killed after `limit` ms. */
export async function ended(args: readonly string[], env: NodeJS.ProcessEnv, limit: number): Promise<Ended> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), limit);
  let [said, errors, last] = ['', '', performance.now()];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    last = performance.now();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { code, errors, lines: said.trim().split('\n'), idle: performance.now() - last };
}
