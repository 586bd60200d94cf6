import { FlagError } from '@flagwright/core';

/**
 * What the client said of itself, understood. `away`: answers may be out of date. `notice`: something else an operator
 * should know. Nothing the client wrote is repeated: its messages hold URLs with their passwords, and whole answers.
 */
export type Trouble =
  | {
      readonly kind: 'away';
      readonly cause: FlagError;
      /** The client took in nothing and remembers the answer as read: only new definitions prove that it is well again. */
      readonly unread?: boolean;
      /** The client asks no more. */
      readonly over?: boolean;
    }
  | { readonly kind: 'notice'; readonly text: string };

/** What an `error` event means; undefined if nothing about the connection, as when it is about a flag. */
export function ofError(thrown: unknown): Trouble | undefined {
  const { message, code, type } = partsOf(thrown);
  const refused = /responded (401|403)\b/.exec(message);
  if (refused !== null) return { kind: 'away', cause: unauthorized(refused[1]!), over: true };
  if (isOfFile(thrown)) return { kind: 'notice', text: `the backup cannot be written (${code})` };
  const status = /not statusCode 2XX, but was (\d+)/.exec(message);
  if (status !== null) return away(`answered ${status[1]}`);
  if (/^Unleash Repository error: feature\./.test(message)) return undefined;
  if (!message.startsWith('Unleash Repository error: ')) return undefined;
  if (type === 'invalid-json' || thrown instanceof SyntaxError) return unreadable('is no JSON');
  if (/neither a delta nor a full|Invalid API response/.test(message) || thrown instanceof TypeError) {
    return { ...unreadable('is no list of flags'), unread: true };
  }
  if (type === 'request-timeout' || type === 'body-timeout') return away('did not answer in time');
  return away(code === '' ? 'could not be asked' : `cannot be reached (${code})`);
}

/** What a `warn` event means; undefined if nothing of interest. */
export function ofWarning(said: unknown): Trouble | undefined {
  const { message, code } = partsOf(said);
  const status = /responded (\d{3})\. Backing off|responded [A-Z_]+ \((\d{3})\)/.exec(message);
  if (status !== null) return away(`answered ${status[1] ?? status[2]}`);
  if (message.startsWith('Socket keep alive error')) return away('cannot be reached (ECONNRESET)');
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

function unreadable(what: string): Extract<Trouble, { kind: 'away' }> {
  return { kind: 'away', cause: new FlagError('PARSE_ERROR', `what the Unleash server answered ${what}`) };
}

/** Whether an error is about a file: the client keeps a backup. */
function isOfFile(thrown: unknown): boolean {
  return thrown instanceof Error && 'syscall' in thrown && 'path' in thrown;
}

/** The message of something thrown or said, and its codes as far as they are words. */
function partsOf(said: unknown): { readonly message: string; readonly code: string; readonly type: string } {
  const word = (value: unknown): string => (typeof value === 'string' && /^[\w-]{1,40}$/.test(value) ? value : '');
  if (typeof said !== 'object' || said === null) return { message: String(said), code: '', type: '' };
  const { message, code, type } = said as Readonly<Record<string, unknown>>;
  return { message: typeof message === 'string' ? message : '', code: word(code), type: word(type) };
}
