import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { EvaluationContext } from '@flagwright/core';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { refuseInput } from '../report/not-an-input.ts';
import type { World } from '../world.ts';
import type { Outcome } from './outcome.ts';

/** A file of those who move, as JSON Lines: `{"from": "off", "to": "on", "context": {…}}`. Only its owner can read it. */
export interface MovedFile {
  readonly tell: (context: EvaluationContext, from: Outcome, to: Outcome) => void;
  /** Writes what was told. */
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Opens the file anew; `-` is the standard output. `inputs`: all files that are read. Throws `UsageError` if it is one of these,
 * `CommandError` if it cannot be written.
 */
export async function movedFile(world: World, file: string, inputs: readonly string[]): Promise<MovedFile> {
  const path = resolve(world.cwd, file);
  await refuseInput(world, '--moved-to-file', file, inputs);
  const handle = file === '-' ? undefined : await open(path, 'w', 0o600).catch(unwritten(file));
  let told = '';
  const flush = async (): Promise<void> => {
    if (told === '') return;
    const text = told;
    told = '';
    if (handle === undefined) await world.out(text);
    else await handle.write(text).catch(unwritten(file));
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
        await handle?.close();
      }
    },
  };
}

const unwritten =
  (file: string) =>
  (error: NodeJS.ErrnoException): never => {
    throw new CommandError(EXIT.failed, `${file} cannot be written (${error.code})`);
  };
