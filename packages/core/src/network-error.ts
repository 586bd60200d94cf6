import { FlagError } from './error.ts';

/** No connection, by the name that Node or its `fetch` has for why: nothing can have been sent. */
const UNSENT = /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT)$/;
/** No connection that is secure. */
const HANDSHAKE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|HOSTNAME_MISMATCH|^ERR_TLS_|^ERR_SSL_|^EPROTO$/;

interface SystemError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
}

/**
 * What `fetch` threw, in our words: `UNAVAILABLE`, or `UNKNOWN` if something was being changed and the request may have
 * been sent. The cause is kept by name, code and system call where it comes from Node's own `fetch`: the rest of it may
 * hold what the server sent, and that the secrets that it was sent.
 */
export function networkError(thrown: unknown, changing: boolean, own: boolean): FlagError {
  const cause = ((thrown as { readonly cause?: unknown } | null)?.cause ?? thrown ?? {}) as SystemError;
  const code = wordIn(cause.code);
  const options = own ? { cause: bare(cause) } : {};
  const why = code === '' ? '' : ` (${code})`;
  if (cause.message === 'bad port') {
    return new FlagError('INVALID_ARGUMENT', 'the port in url is one that fetch refuses; expected another', options);
  }
  if (HANDSHAKE.test(code)) {
    const hint = 'is it an https server, with a certificate that this process trusts? See NODE_EXTRA_CA_CERTS';
    return new FlagError('UNAVAILABLE', `no secure connection to the server${why}. Hint: ${hint}`, options);
  }
  if (UNSENT.test(code) || cause.syscall === 'connect') {
    const hint = code === 'ENOTFOUND' ? '. Hint: check the host in url' : '';
    return new FlagError('UNAVAILABLE', `the server could not be reached${why}${hint}`, options);
  }
  if (changing) {
    const hint = 'read the flags to see whether the edits were made';
    return new FlagError(
      'UNKNOWN',
      `the connection was lost${why} before the outcome was known. Hint: ${hint}`,
      options,
    );
  }
  return new FlagError('UNAVAILABLE', `the connection to the server was lost${why}`, options);
}

/** An error of which nothing is known but what Node itself calls it. */
function bare({ name, code, syscall }: SystemError): Error {
  const known = { name: wordIn(name), code: wordIn(code), syscall: wordIn(syscall) };
  const told = Object.entries(known).filter(([, word]) => word !== '');
  return Object.assign(new Error(known.code), Object.fromEntries(told));
}

/** A word as Node uses them for what went wrong; empty if it is none. */
function wordIn(value: unknown): string {
  return typeof value === 'string' && /^\w{1,64}$/.test(value) ? value : '';
}
