import { FlagError, retryAfterOf } from '@flagwright/core';
import { wordIn } from '../error-words.ts';

/** What is used of an answer. A `fetch` of another make may leave out all but the status. */
export interface Answer {
  readonly status: number;
  readonly headers?: Partial<Pick<Headers, 'get'>>;
  readonly body?: unknown;
}

/** What an answer that is no success means for the batch. Nothing that the server sent is shown. */
export function refusalOf({ status, headers }: Answer): FlagError {
  const retryAfter = retryAfterOf(headers);
  switch (status) {
    case 401:
    case 403:
    case 407: {
      const message = `the server refused the credentials (${status}). Hint: check headers, and secret`;
      return new FlagError('UNAUTHORIZED', message, { retryAfter });
    }
    case 404:
      // not for good: a proxy says so, too, while the server behind it is replaced
      return new FlagError('NOT_FOUND', 'nothing receives events there (404). Hint: check url', { retryAfter });
    case 408:
    case 425:
      return new FlagError('UNAVAILABLE', `the server did not take the events in time (${status})`, { retryAfter });
    case 413:
      return new FlagError('TOO_LARGE', 'the server takes no body of that size (413)');
    case 429:
      return new FlagError('UNAVAILABLE', 'the server asks to be left alone (429)', {
        retryAfter: retryAfter ?? 1_000,
      });
    case 415:
      return new FlagError('INVALID_ARGUMENT', 'the server refused the kind of body (415). Hint: try gzip: false');
    default:
  }
  if (status >= 500) return new FlagError('UNAVAILABLE', `the server failed (${status})`, { retryAfter });
  if (status >= 400) return new FlagError('INVALID_ARGUMENT', `the server refused the events (${status})`);
  // asked for again, and slowly: whoever runs the receiver mends it, or the address here
  const message = `the server answered ${status}; expected 2xx. Hint: redirects are not followed, for they would take the events elsewhere`;
  return new FlagError('UNSUPPORTED', message, { retryAfter });
}

/** What `fetch` threw, in our words, and nothing of what it says: that may hold what was sent. */
export function networkError(thrown: unknown): FlagError {
  if (thrown instanceof FlagError) return thrown;
  const cause = (thrown as { readonly cause?: unknown } | null)?.cause ?? thrown;
  const { code, message } = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (message === 'bad port') {
    return new FlagError('INVALID_ARGUMENT', 'the port in url is one that fetch refuses; expected another');
  }
  const word = wordIn(code);
  const why = word === '' ? '' : ` (${word})`;
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|HOSTNAME_MISMATCH|^ERR_TLS_|^ERR_SSL_|^EPROTO$/.test(word)) {
    const hint = 'is it an https server, with a certificate that this process trusts? See NODE_EXTRA_CA_CERTS';
    return new FlagError('UNAVAILABLE', `no secure connection to the server${why}. Hint: ${hint}`);
  }
  return new FlagError('UNAVAILABLE', `the server could not be reached, or the connection was lost${why}`);
}
