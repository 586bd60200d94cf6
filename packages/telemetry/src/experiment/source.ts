import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FlagError, preview } from '@flagwright/core';
import type { AnalyticsEvent } from '../analytics/event.ts';
import { type LineReader, readLines } from './lines.ts';
import { refuse } from './options.ts';

/**
 * Where events are read from:
 *
 * - the path or file URL of a file of JSON lines, or a list of them. Files that were rotated away from it are read, too:
 *   `events.jsonl.1`, `events.jsonl.2` … beside `events.jsonl`
 * - an async iterable of lines, as `readline` gives them; of bytes, as a stream gives them, torn anywhere; or of events
 */
export type ExperimentSource =
  | string
  | URL
  | readonly (string | URL)[]
  | AsyncIterable<string | Uint8Array | AnalyticsEvent>;

/** Takes what is read: a line as text (undefined if it is too long to be held), or an event. */
export interface Taker {
  line(text: string | undefined): void;
  event(event: unknown): void;
}

/**
 * Reads a source to its end, once.
 *
 * Throws `FlagError`: `INVALID_ARGUMENT` (no source, or a folder), `NOT_FOUND`, `UNAVAILABLE`.
 */
export async function readSource(source: ExperimentSource, taker: Taker): Promise<void> {
  if (isAsyncIterable(source)) return readPieces(source, taker);
  const given = Array.isArray(source) ? source : [source];
  if (given.length === 0) refuse('the list of files is empty', 'one path or more');
  const paths = new Set(given.map(pathOf));
  const done = new Set<string>();
  for (const path of paths) {
    const files = [path, ...(await rotatedFrom(path))];
    let found = 0;
    for (const file of files) {
      if (done.has(file)) found++;
      else if (await readFileOnce(file, taker)) {
        done.add(file);
        found++;
      }
    }
    if (found === 0) throw new FlagError('NOT_FOUND', `there is no file ${path}`);
  }
}

const isAsyncIterable = (source: unknown): source is AsyncIterable<string | Uint8Array | AnalyticsEvent> =>
  typeof source === 'object' && source !== null && Symbol.asyncIterator in source;

function pathOf(given: unknown): string {
  if (typeof given === 'string' && given !== '') return resolve(given);
  if (given instanceof URL && given.protocol === 'file:') return fileURLToPath(given);
  return refuse(`the source is ${preview(given)}`, 'a path, a file URL, a list of them, or an async iterable');
}

/**
 * The files that were rotated away from this one, the newest first. Read in this order after the file itself, a rotation
 * meanwhile moves files to where they are still to be read: twice does no harm, never would.
 */
async function rotatedFrom(path: string): Promise<readonly string[]> {
  const names = await readdir(dirname(path)).catch(() => []);
  const start = `${basename(path)}.`;
  const numbers = names.flatMap((name) => {
    const end = name.startsWith(start) ? name.slice(start.length) : '';
    return /^[1-9]\d{0,8}$/.test(end) ? [Number(end)] : [];
  });
  if (numbers.length === 0) return [];
  numbers.sort((a, b) => a - b);
  // one more, in case of a rotation before the last is read
  return [...numbers, numbers.at(-1)! + 1].map((number) => `${path}.${number}`);
}

const CHUNK = 1024 * 1024;

/** Whether there was one. */
async function readFileOnce(path: string, taker: Taker): Promise<boolean> {
  try {
    await readPieces(createReadStream(path, { highWaterMark: CHUNK }), taker);
    return true;
  } catch (thrown) {
    const cause = thrown instanceof FlagError ? thrown.cause : thrown;
    const { code } = (cause ?? {}) as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    if (code === 'EISDIR') throw new FlagError('INVALID_ARGUMENT', `${path} is a folder; expected a file`, { cause });
    throw FlagError.from(thrown, 'UNAVAILABLE');
  }
}

async function readPieces(pieces: AsyncIterable<unknown>, taker: Taker): Promise<void> {
  const lines = readLines(taker.line);
  const decoder = new TextDecoder();
  // a stream of text is torn anywhere, like one of bytes
  const torn = (pieces as { readonly readableObjectMode?: unknown }).readableObjectMode === false;
  for await (const piece of failing(pieces)) {
    if (piece instanceof Uint8Array) lines.push(decoder.decode(piece, { stream: true }));
    else if (typeof piece !== 'string') taker.event(piece);
    else readText(piece, lines, torn);
  }
  lines.push(decoder.decode());
  lines.end();
}

function readText(text: string, lines: LineReader, torn: boolean): void {
  lines.push(text);
  if (!torn) lines.end();
}

/** The same; what the source throws as `FlagError('UNAVAILABLE')`, and what the reader throws as it is. */
async function* failing(pieces: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* pieces;
  } catch (thrown) {
    throw FlagError.from(thrown, 'UNAVAILABLE');
  }
}
