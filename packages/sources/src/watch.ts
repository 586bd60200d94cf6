import type { FSWatcher } from 'node:fs';
import { watch as watchDirectory } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { basename, dirname, join, parse, resolve, sep } from 'node:path';
import { FlagError } from '@flagwright/core';
import { isFlagFile } from './flag-files.ts';

/** What to watch, and whom to tell. */
export interface WatchOptions {
  /** Absolute. */
  readonly paths: readonly string[];
  /** How long to wait for more after a first event, in ms. */
  readonly debounceMs: number;
  readonly changed: () => void;
  /** Called at most once; the watch is over then. */
  readonly failed: (cause: FlagError) => void;
}

/** A watch on files and folders. Keeps no process alive. */
export interface Watch {
  /** Watches what the paths lead to by now; resolves when all of that is armed. */
  arm(): Promise<void>;
  /** Arms again what no longer watches what its path leads to; a failure ends the watch. */
  check(): Promise<void>;
  close(): void;
}

/**
 * Watches the directories of files, not the files: of each path the directory, that of every symbolic link on the way
 * (a ConfigMap swaps `..data`), and the directory above (which may be replaced itself); of what is not there yet, the
 * nearest directory that is.
 *
 * `fs.watch` and not chokidar 5, which was tried and gives no event when a watched directory is replaced (made anew, or
 * swapped by a rename) or made later, nor when a file is replaced by one with the same mtime, drops the second of two
 * writes within 5 ms, and stats all files of a directory whenever an unrelated one is made (110 ms for 10,000 files).
 * All it would do for us is call `fs.watch` on a directory.
 */
export function watchPaths({ paths, debounceMs, changed, failed }: WatchOptions): Watch {
  const watchers = new Map<string, Watched>();
  let arming: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const close = (): void => {
    closed = true;
    clearTimeout(timer);
    for (const { watcher } of watchers.values()) watcher.close();
    watchers.clear();
  };
  const fail = (cause: unknown): void => {
    if (closed) return;
    close();
    failed(FlagError.from(cause, 'UNAVAILABLE'));
  };
  // the first event starts the timer and later ones do not put it off: a file written all the time is read as well
  const hint = (): void => {
    if (closed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      // first watch what is there now, then tell: what changes after the read that follows is seen
      arm().then(() => {
        if (!closed) changed();
      }, fail);
    }, debounceMs);
    timer.unref();
  };

  const open = (directory: string, wanted: Wanted, identity: string): void => {
    let watcher: FSWatcher;
    try {
      watcher = watchDirectory(directory, { persistent: false });
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return;
      if (wanted.optional && (code === 'EACCES' || code === 'EPERM')) return;
      throw cannotWatch(directory, error);
    }
    const watched: Watched = { watcher, identity, wanted };
    watcher.on('change', (_event, name) => {
      if (name === null) return hint();
      // a directory that was removed or renamed tells so by its own name, and nothing ever after
      if (String(name) === basename(directory)) watched.identity = '';
      else if (!watched.wanted.names.has(String(name)) && !(watched.wanted.flagFiles && isFlagFile(String(name))))
        return;
      hint();
    });
    watcher.on('error', (error) => {
      watched.identity = '';
      // on Windows a directory that is removed makes an error of its watcher
      if (codeOf(error) === 'EPERM') hint();
      else fail(cannotWatch(directory, error));
    });
    watchers.set(directory, watched);
  };

  const armOnce = async (): Promise<void> => {
    // a directory may be replaced while we look: look again until nothing is new
    for (let round = 0; round < 10; round++) {
      const wanted = await trace(paths);
      const identities = await Promise.all([...wanted.keys()].map(identityOf));
      if (closed) return;
      for (const [directory, { watcher }] of watchers) {
        if (wanted.has(directory)) continue;
        watcher.close();
        watchers.delete(directory);
      }
      let settled = true;
      [...wanted].forEach(([directory, entry], i) => {
        const identity = identities[i];
        const watched = watchers.get(directory);
        if (identity === undefined) settled = false;
        else if (watched?.identity === identity) watched.wanted = entry;
        else {
          watched?.watcher.close();
          watchers.delete(directory);
          open(directory, entry, identity);
          settled = false;
        }
      });
      if (settled) return;
    }
  };
  const arm = (): Promise<void> => {
    arming = arming.catch(() => undefined).then(armOnce);
    return arming;
  };
  return { arm, check: () => arm().catch(fail), close };
}

/** What of a directory is of interest. */
interface Wanted {
  readonly names: Set<string>;
  flagFiles: boolean;
  /** Only for speed: the directory above. */
  optional: boolean;
}

interface Watched {
  readonly watcher: FSWatcher;
  /** Of the directory when the watch began; empty once it is gone. */
  identity: string;
  wanted: Wanted;
}

/** The directories to watch for what the paths lead to. */
async function trace(paths: readonly string[]): Promise<ReadonlyMap<string, Wanted>> {
  const wanted = new Map<string, Wanted>();
  const want = (directory: string, name: string | undefined, optional = false): void => {
    const entry = wanted.get(directory) ?? { names: new Set(), flagFiles: false, optional: true };
    if (name === undefined) entry.flagFiles = true;
    else entry.names.add(name);
    entry.optional &&= optional;
    wanted.set(directory, entry);
  };
  const follow = async (path: string): Promise<string | undefined> => {
    const { root } = parse(path);
    const steps = path.slice(root.length).split(sep).filter(Boolean);
    let at = root;
    for (let links = 0; steps.length > 0; ) {
      const step = steps.shift()!;
      const next = join(at, step);
      const info = await lstat(next).catch(() => undefined);
      if (info === undefined) {
        want(at, step);
        return undefined;
      }
      if (info.isSymbolicLink() && ++links <= MOST_LINKS) {
        want(at, step);
        const target = resolve(at, await readlink(next).catch(() => step));
        at = parse(target).root;
        steps.unshift(...target.slice(at.length).split(sep).filter(Boolean));
      } else {
        at = next;
      }
    }
    const directory = dirname(at);
    want(directory, basename(at));
    if (dirname(directory) !== directory) want(dirname(directory), basename(directory), true);
    return at;
  };
  for (const path of paths) {
    const real = await follow(path);
    if (real === undefined) continue;
    const entries = await readdir(real, { withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) continue;
    want(real, undefined);
    for (const entry of entries) {
      if (entry.isSymbolicLink() && isFlagFile(entry.name)) await follow(join(real, entry.name));
    }
  }
  return wanted;
}

/** As many as Linux follows. */
const MOST_LINKS = 40;

async function identityOf(directory: string): Promise<string | undefined> {
  try {
    const { dev, ino, birthtimeNs } = await lstat(directory, { bigint: true });
    return `${dev}:${ino}:${birthtimeNs}`;
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | null)?.code;
}

function cannotWatch(directory: string, cause: unknown): FlagError {
  const code = codeOf(cause);
  if (code === 'EACCES' || code === 'EPERM') {
    return new FlagError('UNSUPPORTED', `the directory ${directory} may not be watched: permission denied`, { cause });
  }
  const full = code === 'ENOSPC' || code === 'EMFILE';
  const why = full
    ? 'the limit of watches is reached. Hint: raise fs.inotify.max_user_watches and max_user_instances'
    : 'the system refused';
  return new FlagError('UNAVAILABLE', `the directory ${directory} cannot be watched: ${why}`, { cause });
}
