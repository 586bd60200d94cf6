import type { FlagDocument, FlagSet } from '@flagwright/core';
import { FlagError, isRecord } from '@flagwright/core';
import { entriesOf } from '../documents.ts';

/** Writes sets as JSON; the last one is kept, for many ask for the same. Throws `FlagError('PARSE_ERROR')`. */
export function documentWriter(): (set: FlagSet) => Uint8Array<ArrayBuffer> {
  let last: { readonly revision: string; readonly bytes: Uint8Array<ArrayBuffer> } | undefined;
  return ({ revision, document }) => {
    if (last?.revision !== revision) last = { revision, bytes: bytesOf(document) };
    return last.bytes;
  };
}

function bytesOf(document: FlagDocument): Uint8Array<ArrayBuffer> {
  try {
    return Buffer.from(JSON.stringify(plain(document)));
  } catch {
    throw new FlagError('PARSE_ERROR', 'the document is no JSON: it holds a cycle, or nests too deep');
  }
}

/** Flags in a map as a record; a list stays one, for `compile` tells what is wrong with it. */
function plain(document: FlagDocument): unknown {
  const flags: unknown = document.flags;
  const map = isRecord(flags) && Symbol.iterator in flags;
  return map ? { ...document, flags: Object.fromEntries(entriesOf(flags)) } : document;
}

const PIECE = 65_536;

/**
 * Bytes as the body of a response, handed out in pieces to whoever asks for the next: all readers share the bytes, and
 * one who does not read costs nothing.
 */
export function inPieces(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream(
    {
      pull(controller) {
        if (at < bytes.length) controller.enqueue(bytes.subarray(at, at + PIECE));
        at += PIECE;
        if (at >= bytes.length) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}
