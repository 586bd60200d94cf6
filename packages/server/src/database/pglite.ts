import { fsyncSync } from 'node:fs';
import type { PGlite, PGliteOptions } from '@electric-sql/pglite';
import { FlagError } from '@flagwright/core';
import { PARSERS, SERIALIZERS } from './pglite-values.ts';

/**
 * What PostgreSQL logs before it ends itself, and Emscripten when it is made to end. A statement that is logged has a
 * prefix, or a tab where it goes on, so it is not taken for either.
 */
const LAST_WORDS = /^(?:\S+ \S+ \S+ \[\d+\] (?:PANIC|FATAL): +|(?=Aborted\())(.*)/;

/**
 * A PostgreSQL in this process: in memory, or in a folder, where what is committed survives the loss of power too. Throws
 * `FlagError('UNSUPPORTED')` without the package, or for files of another version, `UNAVAILABLE` if it does not start.
 */
export async function openPglite(folder?: string): Promise<PGlite> {
  const { PGlite: Embedded } = await driver();
  let opening: PGlite | undefined;
  let lastWords: string | undefined;
  const db = new Embedded({
    parsers: PARSERS,
    serializers: SERIALIZERS,
    onStderr(text) {
      const [, words] = LAST_WORDS.exec(text) ?? [];
      if (words === undefined || lastWords !== undefined) return false;
      lastWords = words;
      if (opening === undefined) stop(db, words);
      return false;
    },
    ...(folder === undefined ? {} : await durable(folder, Embedded.defaultStartParams)),
  });
  opening = db;
  try {
    await db.waitReady;
  } catch (error) {
    const reason = lastWords ?? (error instanceof Error ? error.message : String(error));
    await db.fs?.closeFs().catch(() => undefined);
    if (reason.includes('incompatible with server')) {
      throw new FlagError(
        'UNSUPPORTED',
        `${reason}: another version of PostgreSQL made them. ` +
          'Hint: install the version of @electric-sql/pglite that made them, and move what they hold',
        { cause: error },
      );
    }
    throw new FlagError('UNAVAILABLE', `the embedded database does not start: ${reason}`, { cause: error });
  }
  opening = undefined;
  return db;
}

/** PGlite does not wait for the disk unless it is told to, and its files do not know how to. */
async function durable(folder: string, startParams: readonly string[]): Promise<PGliteOptions> {
  const { NodeFS } = await import('@electric-sql/pglite/nodefs');
  type Init = ReturnType<InstanceType<typeof NodeFS>['init']>;
  class DurableFiles extends NodeFS {
    override async init(...given: Parameters<InstanceType<typeof NodeFS>['init']>): Init {
      const { emscriptenOpts } = await super.init(...given);
      const preRun = [...(emscriptenOpts.preRun ?? []), (module: unknown) => syncFiles(module as FilesOfEmscripten)];
      return { emscriptenOpts: { ...emscriptenOpts, preRun } };
    }
  }
  return {
    fs: new DurableFiles(folder),
    // fdatasync, which is the default, does nothing in Emscripten
    startParams: [...startParams.filter((parameter) => parameter !== '-F'), '-c', 'wal_sync_method=fsync'],
  };
}

/** The part of Emscripten's `NODEFS` that is used. */
interface FilesOfEmscripten {
  readonly NODEFS: {
    readonly stream_ops: { fsync?: (stream: { readonly nfd: number }) => number };
    /** Throws the errors of Node.js in Emscripten's form. */
    tryFSOperation(work: () => void): void;
  };
}

function syncFiles({ NODEFS }: FilesOfEmscripten): void {
  NODEFS.stream_ops.fsync = ({ nfd }) => {
    NODEFS.tryFSOperation(() => fsyncSync(nfd));
    return 0;
  };
}

/**
 * Lets nothing more run in a PostgreSQL that has ended itself: it would go round in circles for ever, and this process
 * with it, for PGlite catches what is thrown by it and goes on.
 */
function stop(db: PGlite, reason: string): void {
  const stopped = (): never => {
    throw new Error(`the embedded database has stopped: ${reason}`);
  };
  Object.assign(db.Module, { _PostgresMainLoopOnce: stopped, stackRestore: stopped });
}

async function driver(): Promise<typeof import('@electric-sql/pglite')> {
  try {
    return await import('@electric-sql/pglite');
  } catch {
    throw new FlagError(
      'UNSUPPORTED',
      'the embedded database needs the package @electric-sql/pglite, 0.5 or later. ' +
        'Hint: npm install @electric-sql/pglite',
    );
  }
}
