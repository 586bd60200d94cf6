import { execFile } from 'node:child_process';

/** How a program ended. `code` is null when it was killed, e.g. because it outlived its time limit. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Settings of `run`; `timeout` in milliseconds, 10 minutes if not given. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeout?: number;
}

/** Run a program to its end. Never rejects: a program that cannot start ends with code 127. */
export function run(file: string, args: readonly string[], { cwd, env, timeout }: RunOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    const limits = { timeout: timeout ?? 600_000, killSignal: 'SIGKILL', maxBuffer: 64 * 2 ** 20 } as const;
    const child = execFile(file, args, { cwd, env: env ?? process.env, ...limits }, (error, stdout, stderr) => {
      const failure = typeof error?.code === 'string' ? 127 : child.exitCode;
      resolve({ code: failure, stdout, stderr: failure === 127 ? `${stderr}${error?.message}` : stderr });
    });
    child.stdin?.end();
  });
}

/** Run a program that must succeed; answers what it printed, throws with all of its output otherwise. */
export async function mustRun(file: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, options);
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}\n${stdout}\n${stderr}`);
  return stdout;
}
