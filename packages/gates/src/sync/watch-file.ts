import { type FSWatcher, watch } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Unsubscribe } from '@flagwright/core';

/** A folder that cannot be watched, or is no longer the one that was, is looked for again after this time, in ms. */
const AGAIN = 2_000;

/**
 * Hints at changes of a file, by watching its folder: editors put a new file in its place. Of a symbolic link the folder
 * of the file it leads to is watched too. Only hints: where nothing can be watched there are none. Keeps no process
 * alive.
 */
export async function watchFile(path: string, changed: () => void): Promise<Unsubscribe> {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void arm().then(changed), AGAIN);
    timer.unref();
  };
  const lose = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
    if (!closed) later();
  };
  const arm = async (): Promise<void> => {
    const real = await realpath(path).catch(() => path);
    for (const one of new Set([path, real])) {
      const folder = dirname(one);
      if (closed || watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false });
        watchers.set(folder, watcher);
        watcher.on('change', (_event, name) => {
          // a folder that goes tells so by its own name
          if (name !== null && String(name) === basename(folder)) lose(folder);
          if (name === null || String(name) === basename(one)) changed();
        });
        watcher.on('error', () => lose(folder));
      } catch {
        later();
      }
    }
  };

  await arm();
  return () => {
    closed = true;
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
  };
}
