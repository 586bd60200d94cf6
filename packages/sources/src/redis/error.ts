import { FlagError, type FlagErrorCode } from '@flagwright/core';

/** What the first word of an error reply means. */
const BY_WORD: Readonly<Record<string, FlagErrorCode>> = {
  NOAUTH: 'UNAUTHORIZED',
  WRONGPASS: 'UNAUTHORIZED',
  NOPERM: 'UNAUTHORIZED',
  LOADING: 'UNAVAILABLE',
  READONLY: 'UNAVAILABLE',
  CLUSTERDOWN: 'UNAVAILABLE',
  MASTERDOWN: 'UNAVAILABLE',
  TRYAGAIN: 'UNAVAILABLE',
  BUSY: 'UNAVAILABLE',
  OOM: 'UNAVAILABLE',
  MISCONF: 'UNAVAILABLE',
  NOREPLICAS: 'UNAVAILABLE',
  WRONGTYPE: 'UNSUPPORTED',
  MOVED: 'UNSUPPORTED',
  ASK: 'UNSUPPORTED',
};

const MESSAGES: Readonly<Partial<Record<FlagErrorCode, string>>> = {
  UNAUTHORIZED: 'Redis refuses the credentials, or what they may do',
  UNAVAILABLE: 'Redis is away, or cannot do it now',
  UNSUPPORTED: 'this Redis cannot do it',
  UNKNOWN: 'the outcome was lost on the way from Redis',
};

const ONE_NODE = 'this is one node of a Cluster: pass a `client` made by `new Cluster(…)`';
const HINTS: Readonly<Record<string, string>> = {
  WRONGTYPE: 'its keys hold something else: choose another prefix',
  MOVED: ONE_NODE,
  ASK: ONE_NODE,
  UNKNOWN: 'read before you try again',
};

/** What drivers say of a command that they kept. */
const NEVER_SENT = /isn't (writeable|ready) and enableOfflineQueue|in subscriber mode/;

/** How far a command came. */
export interface Progress {
  /** It may have reached the server, and changes something. */
  readonly written: boolean;
  /** The connection broke meanwhile: an answer may be that to a second attempt of the driver's. */
  readonly broken: boolean;
}

/**
 * What a driver threw, as a `FlagError`. A write without a clear answer is `UNKNOWN`. Neither the error nor its cause
 * holds what drivers add: the arguments of the command, among them the password of `AUTH`.
 */
export function redisError(thrown: unknown, { written, broken }: Progress): FlagError {
  if (thrown instanceof FlagError) return thrown;
  const cause = bare(thrown);
  const word = cause.name === 'ReplyError' ? wordOf(cause.message) : undefined;
  const clear = word === undefined || broken ? undefined : BY_WORD[word];
  const lost = written && !NEVER_SENT.test(cause.message);
  const code = clear ?? (lost ? 'UNKNOWN' : (BY_WORD[word ?? ''] ?? 'UNAVAILABLE'));
  const hint = HINTS[word ?? ''] ?? HINTS[code];
  const why = word === undefined || word === 'ERR' ? brief(cause) : word;
  const message = `${MESSAGES[code]} (${why})${hint === undefined ? '' : `. Hint: ${hint}`}`;
  return new FlagError(code, message, { cause });
}

/** The word of an error reply that says its kind; in that of a script it stands further on. */
function wordOf(message: string): string {
  const [first = ''] = message.split(' ', 1);
  if (first !== 'ERR') return first;
  if (message.includes("The user executing the script can't")) return 'NOPERM';
  return Object.keys(BY_WORD).find((word) => new RegExp(`: -?${word} `).test(message)) ?? first;
}

/** What went wrong, in a few words without an address. */
function brief({ code, message }: NodeJS.ErrnoException): string {
  return code ?? message.replace(/\.$/, '');
}

/** The error with its name, code and message alone, and nothing in them that quotes a command. */
function bare(thrown: unknown): Error {
  const last: unknown = (thrown as { readonly lastNodeError?: unknown } | null | undefined)?.lastNodeError;
  const told = last instanceof Error ? last : thrown;
  if (!(told instanceof Error)) return new Error('the driver threw what is no error');
  const { code } = told as NodeJS.ErrnoException;
  const message = told.message.replace(/,? with args beginning with.*/s, '');
  const error: NodeJS.ErrnoException = new Error(message === '' ? (code ?? told.name) : message);
  error.name = told.name;
  if (code !== undefined) error.code = code;
  return error;
}
