import { mkdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FlagError } from '@flagwright/core';
import { type Baseline, formatMemory, type Memory, NOTHING, parseMemory } from './baseline.ts';
import { type Lock, takeLock } from './lock.ts';
import { replaceFile } from './replace-file.ts';

/**
 * What a node remembers, in a file of JSON: replaced as a whole, readable by its owner alone, and locked by `<path>.lock`
 * while a process has it open. A folder that is missing is made.
 */
export function baselineFile(path: string): Baseline {
  const absolute = resolve(path);
  let lock: Lock | undefined;

  /** Undefined if there is no file. */
  async function load(): Promise<Memory | undefined> {
    let text: string;
    try {
      text = await readFile(absolute, 'utf8');
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      throw new FlagError('UNAVAILABLE', `the baseline ${path} cannot be read: ${code}`, { cause });
    }
    try {
      return parseMemory(text);
    } catch (thrown) {
      const { code, message, cause } = FlagError.from(thrown);
      throw new FlagError(code, `the baseline ${path} cannot be used: ${message}`, { cause });
    }
  }

  return {
    name: path,
    async open() {
      const folder = dirname(absolute);
      await mkdir(folder, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
        throw new FlagError('UNAVAILABLE', `the folder ${folder} cannot be made: ${cause.code}`, { cause });
      });
      const taken = await takeLock(`${absolute}.lock`, `the baseline ${path}`);
      try {
        const memory = await load();
        lock = taken;
        return { memory };
      } catch (thrown) {
        const damage = FlagError.from(thrown);
        if (damage.code === 'PARSE_ERROR') {
          lock = taken;
          return { memory: undefined, damage };
        }
        await taken.release();
        throw damage;
      }
    },
    peek: async () => (await load()) ?? NOTHING,
    async save(memory) {
      if (lock === undefined) throw new FlagError('NOT_READY', `the baseline ${path} is not open`);
      await lock.check();
      try {
        await replaceFile(absolute, formatMemory(memory), { mode: 0o600 });
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        throw new FlagError('UNAVAILABLE', `the baseline ${path} cannot be written: ${code}`, { cause });
      }
    },
    async close() {
      const own = lock;
      lock = undefined;
      await own?.release();
    },
  };
}
