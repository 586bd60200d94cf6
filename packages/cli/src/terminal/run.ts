import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Runs a program that has the terminal to itself; resolves to its exit code, 128 + n for signal n. Rejects if it cannot be started. */
export function runProgram(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit' });
    // ctrl-C is for the program
    const ignore = (): void => undefined;
    // to be ended is for both, and what was made so far is told of
    let asked = 0;
    const end = (): void => void child.kill(asked++ === 0 ? 'SIGTERM' : 'SIGKILL');
    process.on('SIGINT', ignore);
    process.on('SIGTERM', end);
    const done = (): void => {
      process.off('SIGINT', ignore);
      process.off('SIGTERM', end);
    };
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      done();
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']);
    });
  });
}
