import { FlagError, formatPath, isDeep, mediaTypeOf, readBytes, utf8Of } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { Problem } from './problem.ts';
import { unstorable } from './unstorable.ts';

const MAX_DEPTH = 100;

/**
 * The JSON in the body of a request. Throws `Problem`: `UNSUPPORTED_MEDIA_TYPE`, `TOO_LARGE`, `MALFORMED_JSON` with line
 * and column, `INVALID_ARGUMENT` of what no database could keep.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  checkType(request);
  const value = parsed(await textOf(request, maxBytes));
  const found = unstorable(value);
  if (found === undefined) return value;
  const where = found.path.length === 0 ? 'the body' : formatPath(found.path);
  throw new Problem('INVALID_ARGUMENT', `${where} has ${found.what}, which cannot be stored`, {
    members: { path: found.path },
  });
}

/** Throws `Problem('INVALID_ARGUMENT')` if there is a body where none means anything: somebody believes it did. */
export async function expectNoBody(request: Request): Promise<void> {
  if (request.body === null) return;
  try {
    await readBytes(request.body, 0);
  } catch (thrown) {
    if (!(thrown instanceof FlagError)) throw brokeOff();
    throw new Problem('INVALID_ARGUMENT', 'the request has a body, and nothing is done with one here', {
      hint: 'send it without a body',
    });
  }
}

function checkType({ method, headers }: Request): void {
  const accepted = ['application/json', ...(method === 'PATCH' ? ['application/merge-patch+json'] : [])];
  const refused = (what: string, expected: string): Problem =>
    new Problem('UNSUPPORTED_MEDIA_TYPE', `${what}; expected ${expected}`, {
      headers: method === 'PATCH' ? { 'accept-patch': accepted.join(', ') } : {},
    });
  const type = mediaTypeOf(headers);
  // also what keeps the page of another site from sending changes with the user's credentials
  if (!accepted.includes(type)) {
    throw refused(type === '' ? 'there is no content type' : 'the content type is another', accepted.join(' or '));
  }
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(headers.get('content-type') ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw refused('the charset is another', 'UTF-8');
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding.trim().toLowerCase() !== 'identity') {
    throw refused('the body is packed', 'it without a content encoding');
  }
}

async function textOf(request: Request, maxBytes: number): Promise<string> {
  if (request.bodyUsed || request.body?.locked === true) {
    throw new Problem('INTERNAL', 'this server has read the body before, and nothing was done');
  }
  if (Number(request.headers.get('content-length')) > maxBytes) throw tooLarge(maxBytes);
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(request.body, maxBytes);
  } catch (thrown) {
    throw thrown instanceof FlagError ? tooLarge(maxBytes) : brokeOff();
  }
  try {
    return utf8Of(bytes);
  } catch {
    throw new Problem('MALFORMED_JSON', 'the body is not UTF-8', { hint: 'write and send it as UTF-8' });
  }
}

const tooLarge = (most: number): Problem =>
  new Problem('TOO_LARGE', `the body is too large; expected at most ${most} bytes`);

const brokeOff = (): Problem => new Problem('INVALID_ARGUMENT', 'the request broke off within its body');

function parsed(text: string): unknown {
  if (/^\s*$/.test(text)) throw new Problem('MALFORMED_JSON', 'the body is empty; expected JSON');
  if (isDeep(text, MAX_DEPTH)) {
    throw new Problem('INVALID_ARGUMENT', `the body nests deeper; expected at most ${MAX_DEPTH} levels`);
  }
  try {
    const { document } = parseText(text, { format: 'json', maxBytes: Number.MAX_SAFE_INTEGER });
    // which is a document without flags there
    return /^\s*null\s*$/.test(text) ? null : document;
  } catch (thrown) {
    const { message, issues } = FlagError.from(thrown);
    const place = issues[0]?.place;
    throw new Problem('MALFORMED_JSON', `the body is no JSON that is clear: ${message}`, {
      issues,
      members: place === undefined ? {} : { line: place.line, column: place.column },
    });
  }
}
