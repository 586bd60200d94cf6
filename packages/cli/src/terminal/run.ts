import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Runs a program that has the terminal to itself; resolves to its exit code, 128 + n for signal n. Rejects if it cannot be started. */
export function runProgram(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit' });
    // ctrl-C is for the program
    const ignore = (): void => undefined;
    process.on('SIGINT', ignore);
    child.once('error', (error) => {
      process.off('SIGINT', ignore);
      reject(error);
    });
    child.once('exit', (code, signal) => {
      process.off('SIGINT', ignore);
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']);
    });
  });
}
