import { booleanOf, FlagError, isRecord, mediaTypeOf, preview, readBytes, utf8Of } from '@flagwright/core';
import { Refusal } from './problem.ts';
import { checkedName } from './route.ts';

/** What a body says of a gate. */
export interface GateBody {
  /** Undefined if the body leaves it to the address. */
  readonly name: string | undefined;
  readonly enabled: boolean;
}

const SHAPE = '{ "gate-key": "feature.<name>", "enabled": true }';

/**
 * The gate in the body of a request: `enabled` is a boolean, or a text that Go's `ParseBool` takes for one. Throws
 * `FlagError`: `INVALID_ARGUMENT` (400, or 415 of another media type), `TOO_LARGE`.
 */
export async function readGate(request: Request, maxBytes: number): Promise<GateBody> {
  // also what keeps the page of another site from sending gates with the user's cookies
  if (mediaTypeOf(request.headers) !== 'application/json') {
    throw new Refusal(415, 'INVALID_ARGUMENT', 'the content type is another; expected application/json');
  }
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding.trim().toLowerCase() !== 'identity') {
    throw new Refusal(415, 'INVALID_ARGUMENT', 'the body is packed; expected it without a content encoding');
  }
  return gateIn(await parsed(await textOf(request, maxBytes)));
}

async function textOf(request: Request, maxBytes: number): Promise<string> {
  if (request.bodyUsed || request.body?.locked === true) {
    const hint = 'mount gatesHandler before whatever parses bodies, and let authorize read request.clone()';
    throw new Refusal(500, 'UNSUPPORTED', `this server has read the body before, and nothing was done. Hint: ${hint}`);
  }
  if (Number(request.headers.get('content-length')) > maxBytes) {
    throw new FlagError('TOO_LARGE', `the body is too large; expected at most ${maxBytes} bytes`);
  }
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(request.body, maxBytes);
  } catch (thrown) {
    throw thrown instanceof FlagError ? thrown : new FlagError('UNAVAILABLE', 'the request broke off');
  }
  try {
    return utf8Of(bytes);
  } catch {
    throw new FlagError('INVALID_ARGUMENT', 'the body is not UTF-8');
  }
}

async function parsed(text: string): Promise<unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FlagError('INVALID_ARGUMENT', `the body is no JSON; expected ${SHAPE}`);
  }
  // a server that only reads gates has no need of it, and of the YAML in it
  const { parseText } = await import('@flagwright/core/text');
  try {
    parseText(text, { format: 'json' });
  } catch (thrown) {
    // keys that are there twice: which one counts would depend on who reads
    const [issue] = FlagError.from(thrown).issues ?? [];
    throw new FlagError('INVALID_ARGUMENT', `${issue?.message ?? 'the body is not clear'}; expected ${SHAPE}`);
  }
  return value;
}

function gateIn(body: unknown): GateBody {
  if (!isRecord(body)) throw new FlagError('INVALID_ARGUMENT', `the body is ${preview(body)}; expected ${SHAPE}`);
  for (const field of Object.keys(body)) {
    if (field === 'gate-key' || field === 'enabled') continue;
    throw new FlagError('INVALID_ARGUMENT', `there is no field ${preview(field)}; expected ${SHAPE}`);
  }
  const { 'gate-key': key, enabled } = body;
  if (key !== undefined && typeof key !== 'string') {
    throw new FlagError('INVALID_ARGUMENT', `gate-key is ${preview(key)}; expected a text`);
  }
  const value = typeof enabled === 'string' ? booleanOf(enabled) : enabled;
  if (typeof value !== 'boolean') {
    const hint = enabled === null ? '. Hint: DELETE unsets a gate' : '';
    throw new FlagError('INVALID_ARGUMENT', `enabled is ${preview(enabled)}; expected true or false${hint}`);
  }
  return { name: key === undefined ? undefined : checkedName(key), enabled: value };
}
