import { spawn } from 'node:child_process';

/** Settings of `run`. */
export interface RunOptions {
  /** Variables added to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whom to run it as; only root may say. */
  readonly user?: User | undefined;
  /** What the program reads from its standard input; nothing if left out. */
  readonly input?: string;
  /** After how many ms the program is killed; 60,000 if left out. */
  readonly timeout?: number;
  /** The folder it runs in; that of this process if left out. */
  readonly cwd?: string;
}

/** Numbers of a user of this machine. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Run a program to its end and answer what it printed. Throws with all of its output if it does not end with 0. */
export function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { env, user, input = '', timeout = 60_000, cwd } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: { ...process.env, ...env }, timeout, killSignal: 'SIGKILL', cwd, ...user });
    const printed = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed.stderr += text;
    });
    // A program that ends before it has read everything is judged by its exit code.
    child.stdin.on('error', () => {}).end(input);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(printed.stdout);
      const output = `${printed.stdout}\n${printed.stderr}`.trim();
      reject(new Error(`${[file, ...args].join(' ')} ended with ${code ?? signal}: ${output || 'it printed nothing'}`));
    });
  });
}
