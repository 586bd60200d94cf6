import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { safeLines } from '../output/safe.ts';
import type { World } from '../world.ts';
import { endAll } from './descendants.ts';

/** What a command may take. */
export interface TokenCommandLimits {
  /** In ms. Default: 30,000. */
  readonly patience?: number;
}

/** More bytes are no token. */
const MOST = 4_096;

/** As much of what a command says on its standard error is shown, in characters. */
const MOST_SAID = 8_192;

/**
 * Runs a command of the configuration by the shell, and resolves to what it printed, without blanks around it. What it says on
 * its standard error is shown; what it prints never is. `what` is for errors: `the command of token "prod"`. Throws `CommandError`.
 */
export function tokenByCommand(
  { env, cwd, err }: Pick<World, 'env' | 'cwd' | 'err'>,
  command: string,
  what: string,
  { patience = 30_000 }: TokenCommandLimits = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    let [size, said] = [0, 0];
    let failed = false;
    const fail = (why: string): void => {
      if (failed) return;
      failed = true;
      clearTimeout(timer);
      child.stdout.destroy();
      child.stderr.destroy();
      const error = new CommandError(EXIT.failed, `${what} ${why}`, [
        "Run it by itself to see what is wrong: 'flagctl config view' has it",
      ]);
      const runs = child.exitCode === null && child.signalCode === null;
      // what it has started would live on
      if (runs && child.pid !== undefined) void endAll(child.pid).finally(() => reject(error));
      else reject(error);
    };
    const timer = setTimeout(() => fail(`did not end within ${patience / 1_000} s`), patience);
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST) fail(`printed more than ${MOST} bytes; expected a token alone`);
      else chunks.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (said < MOST_SAID) err(safeLines(text.slice(0, MOST_SAID - said)));
      said += text.length;
    });
    child.once('error', (error: NodeJS.ErrnoException) => fail(`cannot be run (${error.code})`));
    child.once('close', (code, signal) => {
      if (code !== 0) return fail(`failed with exit code ${code ?? 128 + constants.signals[signal ?? 'SIGTERM']}`);
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8').trim());
    });
  });
}
