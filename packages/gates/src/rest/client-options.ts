import { type Awaitable, checkDuration, checkedHeaders, FlagError, preview, tokenReader } from '@flagwright/core';

/** Options of `gatesClient`. */
export interface GatesClientOptions {
  /** Sent as `Authorization: Bearer …`. A function is asked at every request, for tokens that change. */
  readonly token?: string | (() => Awaitable<string>) | undefined;
  /** Sent with every request. Not those of the body and the connection. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How long to wait for a whole answer, in ms. Default: 10,000. */
  readonly timeout?: number | undefined;
  /** Makes the requests. Default: the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

/** Options that make sense. */
export interface CheckedClientOptions {
  readonly url: string;
  readonly token: () => Awaitable<string | undefined>;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout: number;
  readonly fetch: typeof fetch | undefined;
}

const OURS: ReadonlySet<string> = new Set(['accept', 'connection', 'content-length', 'content-type', 'if-match']);

/** The options, checked. Throws `FlagError('INVALID_ARGUMENT')`, which shows no address and no secret. */
export function checkedClient(given: string | URL, options: GatesClientOptions): CheckedClientOptions {
  const { token, headers = {}, timeout = 10_000, fetch } = options;
  checkDuration('timeout', timeout);
  if (fetch !== undefined && typeof fetch !== 'function') {
    throw new FlagError('INVALID_ARGUMENT', `fetch is ${preview(fetch)}; expected a function`);
  }
  return { url: addressOf(given), token: tokenReader(token), headers: checkedHeaders(headers, OURS), timeout, fetch };
}

function addressOf(given: string | URL): string {
  const expected = "expected the address of the gates, as 'https://cluster.example/1.0/feature-gates'";
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw new FlagError('INVALID_ARGUMENT', `url is no address; ${expected}`);
  }
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.search !== '') {
    throw new FlagError('INVALID_ARGUMENT', `url is not of http(s), or has a user, a password or a query; ${expected}`);
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}
