import { open, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { EvaluationContext } from '@flagwright/core';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { World } from '../world.ts';
import type { Outcome } from './outcome.ts';

/** A file of those who move, as JSON Lines: `{"from": "off", "to": "on", "context": {…}}`. Only its owner can read it. */
export interface MovedFile {
  readonly tell: (context: EvaluationContext, from: Outcome, to: Outcome) => void;
  /** Writes what was told. */
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** `source`: the file that the contexts are read from, which must not be written over. */
export async function movedFile(world: World, file: string, source: string | undefined): Promise<MovedFile> {
  const path = resolve(world.cwd, file);
  const real = (name: string): Promise<string> => realpath(name).catch(() => name);
  if (source !== undefined && (await real(resolve(world.cwd, source))) === (await real(path))) {
    throw new UsageError(`--moved-to-file and --contexts are the same file: ${file}`);
  }
  const handle = await open(path, 'w', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(EXIT.failed, `${file} cannot be written (${error.code})`);
  });
  let told = '';
  const flush = async (): Promise<void> => {
    if (told === '') return;
    const text = told;
    told = '';
    await handle.write(text).catch((error: NodeJS.ErrnoException) => {
      throw new CommandError(EXIT.failed, `${file} cannot be written (${error.code})`);
    });
  };
  return {
    tell: (context, from, to) => {
      told += `${JSON.stringify({ from: from.name, to: to.name, context })}\n`;
    },
    flush,
    close: async () => {
      try {
        await flush();
      } finally {
        await handle.close();
      }
    },
  };
}
