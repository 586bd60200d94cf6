import { randomUUID } from 'node:crypto';
import { link, open, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { FlagError, isRecord } from '@flagwright/core';

/** A file that one process has for itself, by a second file beside it. */
export interface Lock {
  /** Throws `FlagError('CONFLICT')` if another process has taken it, for which this one must have stood still long. */
  check(): Promise<void>;
  release(): Promise<void>;
}

interface Holder {
  readonly text: string;
  readonly pid: number | undefined;
  readonly host: string | undefined;
  readonly token: string | undefined;
  /** How long ago it last showed that it is alive, in ms. */
  readonly silent: number;
}

/** A holder shows that it is alive this often, in ms. */
const BEAT = 5_000;

/** A holder that has not shown itself for so long, in ms, is gone. One whose process is known to be gone is gone at once. */
const SILENT = 30_000;

const MOST_ATTEMPTS = 10;

/** Between two attempts, while somebody else is clearing away, in ms. */
const PAUSE = 5;

/** What this process holds: a process that is started anew may have the id of the one before. */
const held = new Set<string>();

/**
 * Takes the lock at a path. Throws `FlagError`: `CONFLICT` if a living process has it, `UNAVAILABLE` if no file can be
 * made there.
 *
 * @param what is locked, for the message
 */
export async function takeLock(path: string, what: string): Promise<Lock> {
  const token = randomUUID();
  const text = JSON.stringify({ pid: process.pid, host: hostname(), token });
  // before anybody of this process can see the file
  held.add(token);
  try {
    let holder: Holder | undefined;
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      if (await create(path, text)) return hold(path, what, { text, token });
      holder = await holderOf(path);
      if (holder === undefined) continue;
      if (isAlive(holder)) break;
      await remove(path, holder);
      if (attempt > 0) await sleep(PAUSE);
    }
    const who = holder === undefined ? 'another process' : nameOf(holder);
    throw new FlagError('CONFLICT', `${what} is in use by ${who}`);
  } catch (error) {
    held.delete(token);
    throw error;
  }
}

/** What systems say that have no second names for files. */
const NO_LINKS: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Makes a file that is whole from the beginning, and nothing if that fails. False, if there is one. */
async function create(path: string, text: string): Promise<boolean> {
  const whole = `${path}.${randomUUID()}`;
  try {
    try {
      await writeFile(whole, text, { flag: 'wx', mode: 0o644 });
      await link(whole, path);
      return true;
    } catch (thrown) {
      if (!NO_LINKS.has((thrown as NodeJS.ErrnoException).code)) throw thrown;
    } finally {
      await rm(whole, { force: true });
    }
    await createInPlace(path, text);
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new FlagError('UNAVAILABLE', `the lock ${path} cannot be made: ${code}`, { cause });
  }
}

async function createInPlace(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    await file.writeFile(text).finally(() => file.close());
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

function hold(path: string, what: string, { text, token }: { readonly text: string; readonly token: string }): Lock {
  const isOurs = async (): Promise<boolean> => (await holderOf(path))?.text === text;
  const beat = setInterval(() => {
    void (async () => {
      if (await isOurs()) await utimes(path, new Date(), new Date());
    })().catch(() => undefined);
  }, BEAT);
  beat.unref();
  return {
    async check() {
      if (await isOurs()) return;
      throw new FlagError('CONFLICT', `${what} was taken by another process, because this one stood still for long`);
    },
    async release() {
      clearInterval(beat);
      if (!held.has(token)) return;
      if (await isOurs()) await rm(path, { force: true });
      held.delete(token);
    },
  };
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const silent = Date.now() - mtimeMs;
    const said = parsed(text);
    const { pid, host, token } = isRecord(said) ? said : {};
    return {
      text,
      pid: typeof pid === 'number' ? pid : undefined,
      host: typeof host === 'string' ? host : undefined,
      token: typeof token === 'string' ? token : undefined,
      silent,
    };
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // it is being written, or was when its writer was killed: where files have no second names
    return undefined;
  }
}

function isAlive({ pid, host, token, silent }: Holder): boolean {
  if (silent > SILENT) return false;
  if (pid === undefined || host !== hostname()) return true;
  if (pid === process.pid) return token !== undefined && held.has(token);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * Removes the lock of a holder that is gone, unless another has taken it meanwhile. Whoever does that has a second file
 * for itself meanwhile: of two who looked at the same time, the slower one would remove the lock of the quicker.
 */
async function remove(path: string, { text }: Holder): Promise<void> {
  const guard = `${path}.old`;
  if (!(await create(guard, ''))) {
    const { silent = 0 } = (await holderOf(guard)) ?? {};
    if (silent > SILENT) await rm(guard, { force: true });
    return;
  }
  try {
    if ((await holderOf(path))?.text === text) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

function nameOf({ pid, host }: Holder): string {
  if (pid === undefined) return 'another process';
  if (host === hostname()) return pid === process.pid ? 'this process itself' : `process ${pid}`;
  return `process ${pid} on ${host}`;
}
