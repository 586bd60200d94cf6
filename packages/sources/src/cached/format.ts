import { createHash, type Hash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { FlagDocument, FlagSet } from '@flagwright/core';
import { Entries, FlagError, isRecord } from '@flagwright/core';
import { entriesOf } from '../documents.ts';

// A copy is lines of text: a header; the set without its flags; then a line `["key",definition]` for each flag, so that
// neither writing nor reading 100,000 of them holds the process up. The header is written last, over its own place.

/** A set, and the name of the source it is a copy of. */
export interface Copy {
  readonly name: string;
  readonly set: FlagSet;
}

/** More bytes than this, in all, are neither written nor read. */
export const MAX_BYTES: number = 256 * 2 ** 20;

const MAGIC = 'flagwright-copy';
const VERSION = 1;
const HEADER = /^flagwright-copy (\d+) ([0-9a-f]{64}) (\d{12})$/;

/** The first line of a copy whose other lines have this hash and this many bytes. Always of the same length. */
export function headerOf(hash: Hash, bytes: number): string {
  return header(hash.digest('hex'), bytes);
}

const header = (sha256: string, bytes: number): string =>
  `${MAGIC} ${VERSION} ${sha256} ${String(bytes).padStart(12, '0')}\n`;

/** How many bytes a header has. */
export const HEADER_BYTES: number = header('0'.repeat(64), 0).length;

const FLAGS_A_PIECE = 256;

/** The lines of a copy after the header, in pieces. Throws whatever `JSON.stringify` does. */
export function* piecesOf({ name, set }: Copy): Generator<string> {
  const { flags, ...rest } = set.document;
  // a list keeps its order and its mistakes, for `compile` to tell
  const apart = isRecord(flags);
  const { revision } = set;
  yield `${JSON.stringify({ name, revision, apart, document: apart ? rest : set.document })}\n`;
  if (!apart) return;
  let piece = '';
  let count = 0;
  for (const entry of entriesOf(flags)) {
    piece += `${JSON.stringify(entry)}\n`;
    if (++count % FLAGS_A_PIECE > 0) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

/** A copy from its text. Throws `FlagError('PARSE_ERROR')`, which says what is wrong with it. */
export async function parseCopy(bytes: Buffer): Promise<Copy> {
  const body = await checked(bytes);
  const lines = linesOf(body);
  const head = parse(lines.next().value);
  if (!isRecord(head) || !isRecord(head.document) || typeof head.name !== 'string' || !isText(head.revision)) {
    throw unusable('its second line is not what it should be');
  }
  const { name, revision } = head;
  let document: FlagDocument = head.document;
  if (head.apart === true) {
    const flags = new Map<string, unknown>();
    let count = 0;
    for (const line of lines) {
      const [key, definition] = parse(line) as readonly [string, unknown];
      flags.set(key, definition);
      if (++count % (8 * FLAGS_A_PIECE) === 0) await turn();
    }
    document = { ...document, flags: Entries.adopt(flags) as NonNullable<FlagDocument['flags']> };
  }
  return { name, set: { document, revision } };
}

const HASHED_AT_ONCE = 4 * 2 ** 20;

/** What follows the header, if it is whole and unchanged. */
async function checked(bytes: Buffer): Promise<Buffer> {
  const end = bytes.subarray(0, 2 * HEADER_BYTES).indexOf('\n');
  const [, version, sha256, length] = HEADER.exec(bytes.toString('latin1', 0, Math.max(end, 0))) ?? [];
  if (version === undefined) throw unusable(bytes.length === 0 ? 'it is empty' : 'it is no copy of flags');
  if (version !== String(VERSION)) throw unusable(`it is of format ${version}; expected format ${VERSION}`);
  const body = bytes.subarray(end + 1);
  if (body.length !== Number(length)) throw unusable('it is cut off, or too long');
  const hash = createHash('sha256');
  for (let at = 0; at < body.length; at += HASHED_AT_ONCE) {
    hash.update(body.subarray(at, at + HASHED_AT_ONCE));
    await turn();
  }
  if (hash.digest('hex') !== sha256) throw unusable('it was damaged: its checksum is another');
  return body;
}

function* linesOf(bytes: Buffer): Generator<string, undefined> {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf('\n', start);
    yield bytes.toString('utf8', start, end);
    start = end + 1;
  }
}

function parse(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? '');
  } catch {
    throw unusable('a line of it is no JSON');
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const unusable = (why: string): FlagError => new FlagError('PARSE_ERROR', why);
