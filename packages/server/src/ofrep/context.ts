import { type EvaluationContext, FlagError, isDeep, isRecord, preview, readBytes, utf8Of } from '@flagwright/core';
import { Refused } from './answer.ts';

/** A body of more bytes is refused. */
export const MAX_BYTES: number = 2 ** 20;

const MAX_DEPTH = 100;

/** A text that is shorter cannot nest deeper than that. */
const SHORT = 2 * MAX_DEPTH;

const NOBODY: EvaluationContext = Object.freeze({});

/**
 * The context in the body of a request, `{ "context": { … } }`; nothing means the empty one. A `targetingKey` is asked for
 * by the protocol, and not here: a flag that hashes it says so in its own answer. Throws `Refused`: `MALFORMED_JSON`,
 * `INVALID_ARGUMENT`.
 */
export function contextIn(text: string): EvaluationContext {
  if (text === '') return NOBODY;
  if (text.length > SHORT && isDeep(text, MAX_DEPTH)) {
    throw new Refused('INVALID_ARGUMENT', 'INVALID_CONTEXT', `the body nests deeper than ${MAX_DEPTH} levels`);
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refused('MALFORMED_JSON', 'PARSE_ERROR', 'the body is no JSON; expected { "context": { … } }');
  }
  if (!isRecord(body)) {
    throw new Refused('INVALID_ARGUMENT', 'PARSE_ERROR', `the body is ${preview(body)}; expected { "context": { … } }`);
  }
  const { context } = body;
  if (context === undefined || context === null) return NOBODY;
  if (!isRecord(context)) {
    throw new Refused('INVALID_ARGUMENT', 'INVALID_CONTEXT', 'the context is no object; expected attributes by name');
  }
  const { targetingKey } = context;
  if (targetingKey !== undefined && targetingKey !== null && typeof targetingKey !== 'string') {
    throw new Refused('INVALID_ARGUMENT', 'INVALID_CONTEXT', 'targetingKey is no text; expected a text, or none');
  }
  return context;
}

/** The text of bytes of a body. Throws `Refused('MALFORMED_JSON')` if they are not UTF-8. */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return utf8Of(bytes);
  } catch {
    throw new Refused('MALFORMED_JSON', 'PARSE_ERROR', 'the body is not UTF-8');
  }
}

/** The text of the body of a request. Throws `Refused`: `TOO_LARGE`, `MALFORMED_JSON`, `INVALID_ARGUMENT`. */
export async function bodyText({ body, headers }: Request): Promise<string> {
  if (Number(headers.get('content-length')) > MAX_BYTES) throw tooLarge();
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(body, MAX_BYTES);
  } catch (thrown) {
    if (thrown instanceof FlagError) throw tooLarge();
    throw new Refused('INVALID_ARGUMENT', 'PARSE_ERROR', 'the request broke off within its body');
  }
  return textOfBytes(bytes);
}

export function tooLarge(): Refused {
  return new Refused('TOO_LARGE', 'INVALID_CONTEXT', `the body has more than ${MAX_BYTES} bytes`);
}
