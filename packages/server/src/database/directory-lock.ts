import { randomBytes } from 'node:crypto';
import { link, open, readdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join, relative } from 'node:path';
import { FlagError } from '@flagwright/core';
import { unusable } from './data-directory.ts';

/**
 * Locks are listening sockets, for the kernel ends those with their process, however it ends, and tells who asks, even from
 * another container. A socket that is not listened to any more never will be again, so it counts as left.
 */
const LOCK = /^lock\.(\d{1,15})$/;

/** How long the process that has the directory may take to say who it is, in ms. */
const ANSWERED_WITHIN = 1_000;

/**
 * Keeps a directory for this process; resolves to how to leave it. Throws `FlagError('UNAVAILABLE')` if another process
 * has it, or this one has it already, `UNSUPPORTED` if the file system has no sockets.
 *
 * Each lock has a number, one higher than the last, and the highest one counts. The lock that was there before is never
 * taken away to make place, as between looking at it and taking it away it might have become somebody else's; it is
 * removed by the next one who has the directory. Whoever comes late with a number that was used before sees a higher one.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const folder = await open(directory, 'r').catch((error: NodeJS.ErrnoException) => {
    throw unusable(directory, 'read', error);
  });
  try {
    // a path of a socket has about 100 bytes at most: the short one names the same folder
    const short = process.platform === 'linux' ? `/proc/self/fd/${folder.fd}` : relative(process.cwd(), directory);
    const own = `.lock-${randomBytes(6).toString('hex')}`;
    const server = await listen(join(short, own), directory);
    try {
      await take(directory, short, own);
    } catch (error) {
      await close(server);
      throw error;
    } finally {
      await rm(join(directory, own), { force: true });
    }
    return () => close(server);
  } finally {
    await folder.close();
  }
}

async function take(directory: string, short: string, own: string): Promise<void> {
  for (;;) {
    const before = await highest(directory);
    if (before > 0) {
      const holder = await holderOf(join(short, `lock.${before}`));
      if (holder !== undefined) throw held(directory, holder);
    }
    const mine = before + 1;
    try {
      await link(join(directory, own), join(directory, `lock.${mine}`));
    } catch (error) {
      if (isCode(error, 'EEXIST')) continue;
      throw noSockets(directory, error);
    }
    if ((await highest(directory)) === mine) {
      for (const n of await numbers(directory)) if (n < mine) await rm(join(directory, `lock.${n}`), { force: true });
      return;
    }
    // it took so long that others have come and gone
    await rm(join(directory, `lock.${mine}`), { force: true });
  }
}

async function numbers(directory: string): Promise<readonly number[]> {
  return (await readdir(directory)).flatMap((name) => {
    const [, number] = LOCK.exec(name) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
}

async function highest(directory: string): Promise<number> {
  return Math.max(0, ...(await numbers(directory)));
}

/** Who listens to a socket; undefined if nobody does. */
function holderOf(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(path);
    const answer = (holder: string | undefined): void => {
      resolve(holder);
      socket.destroy();
    };
    socket.setEncoding('utf8');
    socket.setTimeout(ANSWERED_WITHIN, () => answer('another process, which does not say who it is'));
    socket.on('data', (text: string) => {
      said = (said + text).slice(0, 300);
    });
    socket.on('end', () => answer(said));
    socket.on('error', (error) => {
      // whoever is there and cannot be asked is there
      const left = isCode(error, 'ECONNREFUSED') || isCode(error, 'ENOENT');
      answer(left ? undefined : `another process (${String((error as NodeJS.ErrnoException).code)})`);
    });
  });
}

function listen(path: string, directory: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(`process ${process.pid} on ${hostname()}`);
  });
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(noSockets(directory, error)));
    // exclusive: of a worker of a cluster, the primary would listen
    server.listen({ path, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function held(directory: string, holder: string): FlagError {
  return new FlagError(
    'UNAVAILABLE',
    `the data directory ${directory} is used by ${holder}; expected one that no other process uses. ` +
      'Hint: stop that process, or give this one a directory of its own',
  );
}

function noSockets(directory: string, error: unknown): FlagError {
  if (isCode(error, 'EACCES') || isCode(error, 'EPERM') || isCode(error, 'EROFS')) {
    return unusable(directory, 'written to', error as NodeJS.ErrnoException);
  }
  return new FlagError(
    'UNSUPPORTED',
    `the data directory ${directory} cannot be locked (${String((error as NodeJS.ErrnoException).code)}). ` +
      'Hint: choose one on a file system of this machine, with a shorter path',
    { cause: error },
  );
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === code;
}
