import { FlagError, isDeep, isRecord, readBytes, utf8Of } from '@flagwright/core';
import { type CheckedEdit, checkedEdits } from '../edits.ts';
import { MAX_DEPTH } from './document.ts';

/** What a request to commit asks for. */
export interface Commit {
  readonly edits: readonly CheckedEdit[];
  readonly by: string | undefined;
}

/** Bounds of a commit. */
export interface CommitBounds {
  readonly maxBytes: number;
  readonly maxEdits: number;
}

/** Nesting of the body around a definition. */
const AROUND = 4;

/** The edits in a request. Throws `FlagError`: `TOO_LARGE`, `PARSE_ERROR` (not UTF-8), `INVALID_ARGUMENT`. */
export async function readCommit(request: Request, { maxBytes, maxEdits }: CommitBounds): Promise<Commit> {
  const announced = Number(request.headers.get('content-length'));
  if (announced > maxBytes) {
    throw new FlagError('TOO_LARGE', `the body has ${announced} bytes; expected at most ${maxBytes}`);
  }
  const text = utf8Of(await wholeBody(request, maxBytes));
  const body = parse(text);
  if (!isRecord(body)) throw invalid('the body is no object; expected { "edits": [ … ] }');
  const { edits, by } = body;
  if (by !== undefined && typeof by !== 'string') throw invalid(`by is a ${typeof by}; expected a text`);
  if (Array.isArray(edits) && edits.length > maxEdits) {
    throw new FlagError('TOO_LARGE', `there are ${edits.length} edits; expected at most ${maxEdits}`);
  }
  return { edits: checkedEdits(edits as []), by };
}

async function wholeBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  try {
    return await readBytes(request.body, maxBytes);
  } catch (thrown) {
    throw thrown instanceof FlagError ? thrown : new FlagError('UNAVAILABLE', 'the request broke off');
  }
}

function parse(text: string): unknown {
  if (isDeep(text, MAX_DEPTH + AROUND)) throw invalid(`the body nests deeper than ${MAX_DEPTH + AROUND} levels`);
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('the body is no JSON; expected { "edits": [ … ] }');
  }
}

const invalid = (message: string): FlagError => new FlagError('INVALID_ARGUMENT', message);
