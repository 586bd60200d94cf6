import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FlagError, preview } from '@flagwright/core';
import type { AnalyticsEvent } from '../analytics/event.ts';
import { openAll, openFiles } from './files.ts';
import { refuse } from './options.ts';
import { readTexts } from './text.ts';

/**
 * Where events are read from:
 *
 * - the path or file URL of a file of JSON lines, or a list of them. Files that were rotated away from it are read, too:
 *   `events.jsonl.1`, `events.jsonl.2` … beside `events.jsonl`. All are open before the first is read, at most 2,000
 * - an async iterable of bytes or of text, as a stream gives them, torn anywhere; of lines, as `readline` gives them; or
 *   of events. Text is joined once a piece has a `\n`, and else each piece is a line
 */
export type ExperimentSource =
  | string
  | URL
  | readonly (string | URL)[]
  | AsyncIterable<string | Uint8Array | AnalyticsEvent>;

/** Takes what is read: a line as text (undefined if it is too long, or known to be none of ours), or an event. */
export interface Taker {
  line(text: string | undefined): void;
  event(event: unknown): void;
}

/**
 * Reads a source to its end, once.
 *
 * Throws `FlagError`: `INVALID_ARGUMENT` (no source, or a folder), `NOT_FOUND`, `TOO_LARGE`, `UNAVAILABLE`.
 */
export async function readSource(source: ExperimentSource, taker: Taker): Promise<void> {
  if (isAsyncIterable(source)) return readPieces(source, taker);
  const given = Array.isArray(source) ? source : [source];
  if (given.length === 0) refuse('the list of files is empty', 'one path or more');
  const files = openFiles();
  try {
    await openAll(new Set(given.map(pathOf)), files);
    for (const file of files.oldestFirst()) await readPieces(file.createReadStream({ highWaterMark: CHUNK }), taker);
  } finally {
    await files.close();
  }
}

const CHUNK = 1024 * 1024;

const isAsyncIterable = (source: unknown): source is AsyncIterable<string | Uint8Array | AnalyticsEvent> =>
  typeof source === 'object' && source !== null && Symbol.asyncIterator in source;

function pathOf(given: unknown): string {
  if (typeof given === 'string' && given !== '') return resolve(given);
  if (given instanceof URL && given.protocol === 'file:') return fileURLToPath(given);
  return refuse(`the source is ${preview(given)}`, 'a path, a file URL, a list of them, or an async iterable');
}

async function readPieces(pieces: AsyncIterable<unknown>, taker: Taker): Promise<void> {
  const texts = readTexts(taker.line);
  const decoder = new TextDecoder();
  for await (const piece of failing(pieces)) {
    if (typeof piece === 'string') texts.piece(piece);
    else if (isBytes(piece)) texts.part(decoder.decode(piece, { stream: true }));
    else taker.event(piece);
  }
  const last = decoder.decode();
  if (last !== '') texts.part(last);
  texts.end();
}

/** Asks the piece itself for nothing, as `instanceof` does: an event may throw. */
const isBytes = (piece: unknown): piece is Uint8Array<ArrayBuffer> => ArrayBuffer.isView(piece);

/** The same; what the source throws as `FlagError('UNAVAILABLE')`, and what the reader throws as it is. */
async function* failing(pieces: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* pieces;
  } catch (thrown) {
    throw FlagError.from(thrown, 'UNAVAILABLE');
  }
}
