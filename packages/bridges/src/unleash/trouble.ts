import { FlagError } from '@flagwright/core';
import { headersFailure } from './headers.ts';

/**
 * What the client said of itself, understood. `away`: the server did not answer. `unread`: it did, and the client could not
 * take that in, or not all of it. `failed`: it is not said which, or that something failed after all was taken in. `notice`:
 * something else an operator should know. Nothing the client wrote is repeated: its messages hold URLs with their passwords,
 * and whole answers.
 */
export type Trouble =
  | {
      readonly kind: 'away';
      readonly cause: FlagError;
      /** The client asks no more. */
      readonly over?: boolean;
    }
  | { readonly kind: 'unread' | 'failed'; readonly cause: FlagError }
  | { readonly kind: 'notice'; readonly text: string };

/** What an `error` event means; undefined if nothing about the connection, as when it is about a flag. */
export function ofError(thrown: unknown): Trouble | undefined {
  const { message, code, type, name, stack } = partsOf(thrown);
  const noHeaders = headersFailure(thrown);
  if (noHeaders !== undefined) return { kind: 'away', cause: noHeaders };
  const refused = /responded (401|403)\b/.exec(message);
  if (refused !== null) return { kind: 'away', cause: unauthorized(refused[1]!), over: true };
  if (isOfFile(thrown)) return { kind: 'notice', text: `the backup cannot be written (${code})` };
  const status = /not statusCode 2XX, but was (\d+)/.exec(message);
  if (status !== null) return away(`answered ${status[1]}`);
  if (/^Unleash Repository error: feature\./.test(message)) return undefined;
  if (!message.startsWith('Unleash Repository error: ')) return undefined;
  if (type === 'invalid-json') return unread('answered is no JSON');
  if (type === 'request-timeout' || type === 'body-timeout') return away('did not answer in time');
  if (name === 'FetchError') return away(code === '' ? 'could not be asked' : `cannot be reached (${code})`);
  if (/neither a delta nor a full|Invalid API response/.test(message) || TAKING.test(stack)) {
    return unread('answered is no list of flags');
  }
  const why = code || name || 'for a reason it does not say';
  return { kind: 'failed', cause: new FlagError('UNAVAILABLE', `the Unleash client failed (${why})`) };
}

/** Where the client takes an answer in, and stumbles over what is no list of flags. */
const TAKING = /\b(?:applyFeatureResponse|convertToMap|createSegmentLookup|validateFeature)\b/;

/** What a `warn` event means; undefined if nothing of interest. */
export function ofWarning(said: unknown): Trouble | undefined {
  const { message, code } = partsOf(said);
  const status = /responded (\d{3})\. Backing off|responded [A-Z_]+ \((\d{3})\)/.exec(message);
  if (status !== null) return away(`answered ${status[1] ?? status[2]}`);
  if (message.startsWith('Socket keep alive error')) return away('cannot be reached (ECONNRESET)');
  if (message.startsWith('Requesting full re-hydration')) return unread('streamed could not be taken in');
  if (/unable to load bootstrap/.test(message)) return { kind: 'notice', text: 'the bootstrap could not be read' };
  const metrics = /returning (\d{3}), stopping metrics/.exec(message);
  if (metrics !== null) return { kind: 'notice', text: `metrics were refused (${metrics[1]}), and are sent no more` };
  if (isOfFile(said)) return { kind: 'notice', text: `the backup cannot be read (${code})` };
  if (/^Unleash storage failed/.test(message)) return { kind: 'notice', text: 'the backup is no JSON' };
  return undefined;
}

function away(what: string): Trouble {
  return { kind: 'away', cause: new FlagError('UNAVAILABLE', `the Unleash server ${what}`) };
}

function unauthorized(status: string): FlagError {
  const hint = 'Hint: the token must be one for backends (a client token), and for this server';
  return new FlagError('UNAUTHORIZED', `the Unleash server refused the token (${status}). ${hint}`);
}

function unread(what: string): Trouble {
  return { kind: 'unread', cause: new FlagError('PARSE_ERROR', `what the Unleash server ${what}`) };
}

/** Whether an error is about a file: the client keeps a backup. */
function isOfFile(thrown: unknown): boolean {
  return thrown instanceof Error && 'syscall' in thrown && 'path' in thrown;
}

/** The parts of something thrown or said; codes and names as far as they are words. */
function partsOf(said: unknown): Readonly<Record<'message' | 'code' | 'type' | 'name' | 'stack', string>> {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const word = (value: unknown): string => (typeof value === 'string' && /^[\w-]{1,40}$/.test(value) ? value : '');
  const { message, code, type, name, stack } = (
    typeof said === 'object' && said !== null ? said : { message: text(said) }
  ) as Readonly<Record<string, unknown>>;
  return { message: text(message), code: word(code), type: word(type), name: word(name), stack: text(stack) };
}
