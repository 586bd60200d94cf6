import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FlagError } from '@flagwright/core';
import type { Exporter } from '../../analytics/exporter.ts';
import { linesOf } from '../lines.ts';
import { oneAtATime, orGivenUp } from '../one-at-a-time.ts';
import { checkedName, checkWhole, recordOf } from '../options.ts';
import { fileError } from './file-error.ts';
import { lineFile } from './line-file.ts';
import { inTurns } from './turns.ts';

/** Options of `fileExporter`. */
export interface FileExporterOptions {
  /** The file to append to, in a folder that exists. */
  readonly path: string | URL;
  /**
   * A file that would grow beyond this many bytes is set aside first; `Infinity` for never. A single batch that is larger
   * makes a larger file. Default: 100 MiB.
   */
  readonly maxBytes?: number | undefined;
  /** How many files set aside are kept, as `<path>.1` (the newest), `<path>.2` …; older ones are removed. Default: 10. */
  readonly keep?: number | undefined;
  /** The name in metrics and messages. Default: `file`. */
  readonly name?: string | undefined;
}

const EXAMPLE = "{ path: '/var/log/app/events.jsonl' }";

/**
 * Appends items to a file as lines of JSON. The file is opened at the first export, and again when it was moved or deleted
 * meanwhile. A batch is written whole or not at all: what a full disk let through of one is taken back, so that nothing is
 * doubled when it is offered again. `flush` has the disk confirm what was taken.
 *
 * `export` and `flush` reject with `FlagError`: `NOT_FOUND` if the folder is not there, otherwise `UNAVAILABLE`, with the
 * path and what is wrong; `TOO_LARGE` for more text than is written at once. Throws `INVALID_ARGUMENT` for bad options.
 */
export function fileExporter<T = unknown>(options: FileExporterOptions): Exporter<T> {
  const { maxBytes = 100 * 2 ** 20, keep = 10, name = 'file' } = recordOf(options, EXAMPLE);
  const path = pathOf(options.path);
  if (maxBytes !== Number.POSITIVE_INFINITY) checkWhole('maxBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER, 'bytes');
  checkWhole('keep', keep, 0, 1_000, 'files');
  const file = lineFile(path, { maxBytes, keep });
  const inTurn = inTurns();
  let closed = false;

  /** Does something with the file when nothing else does, with errors in our words. */
  function use(work: () => Promise<void>): Promise<void> {
    return inTurn(work).catch((thrown: unknown) => {
      throw fileError(thrown, path);
    });
  }

  return {
    name: checkedName(name),
    export: oneAtATime(async (items) => {
      if (closed) throw new FlagError('NOT_READY', `the exporter of ${path} is closed`);
      const bytes = Buffer.from(linesOf(items));
      await use(() => file.append(bytes));
    }),
    flush: (signal) => orGivenUp(use(file.sync), signal),
    close() {
      closed = true;
      return use(file.close);
    },
  };
}

function pathOf(given: unknown): string {
  const path = given instanceof URL ? pathIn(given) : given;
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return resolve(path);
  throw new FlagError('INVALID_ARGUMENT', `path is no path of a file; expected e.g. ${EXAMPLE}`);
}

/** The path in a `file:` URL; undefined if it is another one, or of another machine. */
function pathIn(url: URL): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}
