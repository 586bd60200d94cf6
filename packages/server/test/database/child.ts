import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { bundleProgram, type Program, until } from '@flagwright/test-servers';

/** What a program needs from elsewhere: the drivers, which are not bundled. */
export const MODULES: string = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** A program of `programs`, with the drivers of this package, or of another folder of packages. */
export function program(name: 'lock' | 'open' | 'write', nodeModules: string = MODULES): Promise<Program> {
  const file = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
  return bundleProgram({ file, external: ['pg', '@electric-sql/pglite'], nodeModules });
}

/** A process that tells what it does by lines. */
export interface Child {
  readonly process: ChildProcess;
  /** Whole lines so far. */
  lines(): readonly string[];
  /** Its first line. */
  first(): Promise<string>;
  kill(): Promise<void>;
}

/** Runs a program. */
export function run({ path }: Program, ...args: readonly string[]): Child {
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complained = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complained += text;
  });
  const exited = once(child, 'exit');
  const lines = (): readonly string[] => said.split('\n').slice(0, -1);
  return {
    process: child,
    lines,
    first: () =>
      until(
        () => `it says something; it said ${complained}`,
        () => lines()[0],
      ),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
