import type { FileHandle } from 'node:fs/promises';
import { rotationError } from './file-error.ts';
import { isAt, type OpenFile, openFile, syncFolder } from './open-file.ts';
import { alone, setAside } from './rotate.ts';

/** A file of lines that only grows, and is set aside when it is large. One call at a time. */
export interface LineFile {
  /** Appends lines, the last one with its end: all of them, or it throws and none is there. */
  append(lines: Buffer): Promise<void>;
  /** Has the disk confirm what was appended. */
  sync(): Promise<void>;
  /** Confirms and closes; the next `append` opens it again. */
  close(): Promise<void>;
}

/** When a file is set aside, in bytes, and how many such are kept. */
export interface Rotation {
  readonly maxBytes: number;
  readonly keep: number;
}

/** What is known of the file that is open. */
interface Tail {
  readonly file: OpenFile;
  /** Where it ended when we last looked; −1: not looked yet. Another end means that others write there. */
  end: number;
  /** Its last line has no end: what was cut off in the middle, by a crash say. */
  torn: boolean;
  /** A write that failed half-way: the file is cut back to `to`, if it ends at `from` still. */
  undo: { readonly from: number; readonly to: number } | undefined;
  /** There is something that the disk has not confirmed. */
  dirty: boolean;
}

const NEWLINE = 0x0a;

/** A `LineFile` at a path. Nothing is opened yet. It throws what `node:fs` throws, or `FlagError`. */
export function lineFile(path: string, { maxBytes, keep }: Rotation): LineFile {
  let tail: Tail | undefined;
  /** Where a file is whose name the disk has not confirmed. */
  let unnamed: string | undefined;
  /** Why the disk did not confirm a file that is closed since: told by the next `sync`. */
  let unconfirmed: unknown;

  /** The file that is at the path now. */
  async function current(): Promise<Tail> {
    if (tail !== undefined && !(await isAt(path, tail.file))) {
      await putAway(tail);
      tail = undefined;
    }
    if (tail === undefined) {
      tail = { file: await openFile(path), end: -1, torn: false, undo: undefined, dirty: false };
      unnamed = tail.file.place;
    }
    return tail;
  }

  async function putAway(old: Tail): Promise<void> {
    if (old.undo !== undefined) await lookAt(old).catch(() => undefined);
    try {
      await confirm(old);
    } catch (thrown) {
      unconfirmed = thrown;
    }
    await old.file.handle.close();
  }

  /** Sets the file aside, unless another process is just doing so: then it may grow a little more. */
  async function rotate(old: Tail): Promise<void> {
    const { place } = old.file;
    try {
      await alone(place, async () => {
        // another process may have done so since we looked
        if (!(await isAt(path, old.file))) return;
        await confirm(old);
        await setAside(place, keep);
      });
    } catch (thrown) {
      throw rotationError(thrown, place);
    }
  }

  async function sync(): Promise<void> {
    if (tail !== undefined) await confirm(tail);
    if (unnamed !== undefined) await syncFolder(unnamed);
    unnamed = undefined;
    if (unconfirmed === undefined) return;
    const thrown = unconfirmed;
    unconfirmed = undefined;
    throw thrown;
  }

  return {
    async append(lines) {
      let at = await current();
      let size = await lookAt(at);
      if (size > 0 && size + lines.length > maxBytes) {
        await rotate(at);
        at = await current();
        size = await lookAt(at);
      }
      await write(at, at.torn ? Buffer.concat([Buffer.of(NEWLINE), lines]) : lines, size);
    },
    sync,
    async close() {
      const old = tail;
      try {
        if (old?.undo !== undefined) await lookAt(old);
        await sync();
      } finally {
        tail = undefined;
        await old?.file.handle.close();
      }
    },
  };
}

/** How long the file is, in bytes, after what a failed write left there is taken back; sees whether its last line is torn. */
async function lookAt(at: Tail): Promise<number> {
  const { handle } = at.file;
  let { size } = await handle.stat();
  if (at.undo !== undefined) {
    const { from, to } = at.undo;
    // where somebody else has written since, their lines stay and ours is torn
    if (size === from) {
      if (from !== to) await handle.truncate(to);
      size = to;
    }
    at.undo = undefined;
  }
  if (size !== at.end) at.torn = size > 0 && (await lastByte(handle, size)) !== NEWLINE;
  at.end = size;
  return size;
}

async function lastByte(handle: FileHandle, size: number): Promise<number | undefined> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 ? buffer[0] : undefined;
}

/** Writes at the end, in one call of the system if it takes all at once; takes back what it can if it fails. */
async function write(at: Tail, bytes: Buffer, size: number): Promise<void> {
  let written = 0;
  try {
    while (written < bytes.length) {
      const { bytesWritten } = await at.file.handle.write(bytes, written, bytes.length - written, null);
      if (bytesWritten === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
      written += bytesWritten;
      at.dirty = true;
    }
  } catch (thrown) {
    at.undo = { from: size + written, to: size };
    // if that fails, too, the next append tries again
    await lookAt(at).catch(() => undefined);
    throw thrown;
  }
  at.end = size + bytes.length;
  at.torn = false;
}

async function confirm(at: Tail): Promise<void> {
  if (!at.dirty) return;
  await at.file.handle.datasync();
  at.dirty = false;
}
