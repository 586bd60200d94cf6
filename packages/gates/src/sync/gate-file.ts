import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkDuration, FlagError, preview } from '@flagwright/core';
import { textOf } from '../load/gate-file.ts';
import { gateName } from '../names.ts';
import type { Value } from './entry.ts';
import { editGates, gatesIn, isBlank } from './gate-edit.ts';
import type { LocalGates } from './local.ts';
import { type Lock, takeLock } from './lock.ts';
import { whyNoName } from './look.ts';
import { replaceFile } from './replace-file.ts';
import { watchFile } from './watch-file.ts';

/** Options of `gateFile`. */
export interface LocalFileOptions {
  /** Where the sync keeps what it remembers. Default: beside the file, `.<name>.sync.json`. */
  readonly baseline?: string | undefined;
  /** How long to wait for another writer of the file, in ms. Default: 2,000. */
  readonly patience?: number | undefined;
  /**
   * Gates that disappear from the file count as unset once it has stood still for so long, in ms. Default: 2,000, for the
   * file may be half written; 0 where all who write it put a new file in its place.
   */
  readonly settle?: number | undefined;
}

/** A file that changes so often while it is being written is left to whoever changes it. */
const MOST_ATTEMPTS = 5;

/** Between two attempts to take the lock, in ms. */
const PAUSE = 20;

/**
 * The gates in a file of YAML or JSON: `features:` with a line `name: true` for each, or nested under `feature:`; null is
 * unset. Anything else in it stays as it is.
 *
 * A write replaces the file as a whole and keeps its comments, its permissions, and what else was changed in it
 * meanwhile. One that cannot be read is never written. A file with nothing in it but comments is as good as none: who
 * means "no gates" writes `features: {}`.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` if this can be no path of such a file.
 */
export function gateFile(path: string, options: LocalFileOptions = {}): LocalGates {
  if (typeof path !== 'string' || path === '' || path.includes('\0') || /\.toml$/i.test(path)) {
    throw new FlagError(
      'INVALID_ARGUMENT',
      `path is ${preview(path)}; expected a file of YAML, as gateFile('gates.yaml')`,
    );
  }
  checkSettle(options.settle);
  const absolute = resolve(path);
  const { baseline = absolute.replace(/[^/\\]+$/, '.$&.sync.json'), patience = 2_000, settle = 2_000 } = options;

  const load = async (): Promise<string | undefined> => {
    const text = await textOf(absolute, true);
    return text === undefined || isBlank(text) ? undefined : text;
  };
  const read = async (): Promise<ReadonlyMap<string, boolean> | undefined> => {
    const text = await load();
    return text === undefined ? undefined : gatesIn(text, path).gates;
  };

  async function lockForWriting(): Promise<Lock> {
    for (const end = Date.now() + patience; ; ) {
      try {
        return await takeLock(`${absolute}.lock`, path);
      } catch (thrown) {
        if (FlagError.from(thrown).code !== 'CONFLICT' || Date.now() >= end) throw thrown;
      }
      await sleep(PAUSE);
    }
  }

  return {
    name: path,
    baseline,
    settle,
    read,
    async write(given, was) {
      const changes = checkedChanges(given);
      if (was !== undefined && was !== null && !(was instanceof Map)) {
        throw new FlagError('INVALID_ARGUMENT', `was is ${preview(was)}; expected what read gave, or null`);
      }
      const lock = await lockForWriting();
      try {
        for (let attempt = 1; ; attempt++) {
          const text = await load();
          const now = text === undefined ? undefined : gatesIn(text, path).gates;
          if (was !== undefined) checkUnchanged(path, changes.keys(), now, was);
          if ([...changes].every(([name, value]) => now?.get(name) === value)) return;
          const next = editGates(text ?? (await textOf(absolute, true)) ?? '', changes, path);
          const changed = new FlagError('CONFLICT', `${path} is being changed all the time`);
          const check = async (): Promise<void> => {
            if ((await load()) !== text) throw changed;
          };
          try {
            await replaceFile(absolute, next, { check });
            return;
          } catch (thrown) {
            if (thrown !== changed || attempt === MOST_ATTEMPTS) throw cannotWrite(path, thrown);
          }
        }
      } finally {
        await lock.release();
      }
    },
    subscribe: (changed) => watchFile(absolute, changed),
  };
}

function checkSettle(settle: number | undefined): void {
  if (settle === undefined || settle === 0) return;
  checkDuration('settle', settle);
}

/** Changes by names without `feature.`. Throws `FlagError('INVALID_ARGUMENT')`. */
function checkedChanges(given: unknown): ReadonlyMap<string, Value> {
  const wrong = (what: string): FlagError => new FlagError('INVALID_ARGUMENT', what);
  if (!(given instanceof Map)) {
    throw wrong(`the changes are ${preview(given)}; expected a Map of names to true, false, or undefined to unset`);
  }
  const changes = new Map<string, Value>();
  for (const [key, value] of given as ReadonlyMap<unknown, unknown>) {
    const name = typeof key === 'string' ? gateName(key) : '';
    const why = typeof key === 'string' ? whyNoName(name) : 'a name is a text';
    if (why !== undefined) throw wrong(`${preview(key)} is no gate: ${why}`);
    if (value !== undefined && typeof value !== 'boolean') {
      throw wrong(`${name} is to be ${preview(value)}; expected true, false, or undefined to unset it`);
    }
    if (changes.has(name) && changes.get(name) !== value) throw wrong(`${name} is there twice, with two values`);
    changes.set(name, value);
  }
  return changes;
}

function checkUnchanged(
  path: string,
  names: Iterable<string>,
  now: ReadonlyMap<string, boolean> | undefined,
  was: ReadonlyMap<string, boolean> | null,
): void {
  if (now === undefined && was !== null) throw new FlagError('CONFLICT', `${path} is gone meanwhile`);
  for (const name of names) {
    if (now?.get(name) !== was?.get(name)) throw new FlagError('CONFLICT', `${name} was changed in ${path} meanwhile`);
  }
}

function cannotWrite(path: string, cause: unknown): FlagError {
  if (cause instanceof FlagError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  const hint = code === 'ENOENT' ? 'make its folder' : 'see that its folder may be written and has room';
  return new FlagError('UNAVAILABLE', `${path} cannot be written: ${code}. Hint: ${hint}`, { cause });
}
