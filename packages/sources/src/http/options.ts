import type { Awaitable } from '@flagwright/core';
import { checkedHeaders, FlagError, isRecord, tokenReader } from '@flagwright/core';
import { checkNumber, MAX_DELAY } from '../checks.ts';

/** Options of `httpSource` and `httpStore`. Times in ms. */
export interface HttpOptions {
  /** Where the document is: `http:` or `https:`, without user and password. */
  readonly url: string | URL;
  /**
   * Sent with every request, e.g. `{ 'x-api-key': key }`; to no other origin than those of `url` and `events`. Not those
   * of the connection, as `Connection`, nor `Content-Length`, `Expect` and `If-None-Match`.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as `Authorization: Bearer …`. A function is asked at every request, for tokens that change. */
  readonly token?: string | (() => Awaitable<string>) | undefined;
  /** Where hints come from as server-sent events; false for none. Default: `url`. */
  readonly events?: string | URL | false | undefined;
  /** How often the event stream says something, if it does not say itself. Twice as long in silence ends it. Default: 15,000. */
  readonly heartbeat?: number | undefined;
  /** How long to wait for an answer to begin, and then for each next piece of it. Default: 10,000. */
  readonly timeout?: number | undefined;
  /** A document of more bytes, unpacked, is refused. Default: 64 MiB. */
  readonly maxBytes?: number | undefined;
  /** The name for logs and health; no address. Give each of several sources one. Default: `http`. */
  readonly name?: string | undefined;
  /**
   * Makes the requests, for those with certificates or proxies of their own. Default: the global `fetch`, and `node:http`
   * for the event stream, which so does not keep the process alive; with a `fetch` of the user, that one decides.
   */
  readonly fetch?: typeof fetch | undefined;
}

/** Options that make sense. */
export interface CheckedOptions {
  readonly url: URL;
  readonly events: URL | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly token: () => Awaitable<string | undefined>;
  readonly heartbeat: number;
  readonly timeout: number;
  readonly maxBytes: number;
  readonly name: string;
  /** Undefined: Node's own. */
  readonly fetch: typeof fetch | undefined;
}

/** The longest heartbeat: `fetch` of Node gives up a body that is silent for 300,000 ms. */
export const MAX_HEARTBEAT = 120_000;

/** The options, checked. Throws `FlagError('INVALID_ARGUMENT')`, which shows no address and no secret. */
export function checkedOptions(options: HttpOptions): CheckedOptions {
  if (!isRecord(options)) {
    throw new FlagError('INVALID_ARGUMENT', "the options are none; expected e.g. { url: 'https://flags.example.com' }");
  }
  const { heartbeat = 15_000, timeout = 10_000, maxBytes = 64 * 2 ** 20, name = 'http', token } = options;
  const url = addressOf('url', options.url);
  const { events = url } = options;
  checkNumber('heartbeat', heartbeat, 10, MAX_HEARTBEAT, 'milliseconds');
  checkNumber('timeout', timeout, 1, MAX_DELAY, 'milliseconds');
  checkNumber('maxBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER, 'bytes');
  if (typeof name !== 'string' || !/^[^\s:/@]+$/.test(name)) {
    throw new FlagError('INVALID_ARGUMENT', 'the name is empty or looks like an address; expected a short word');
  }
  if (options.fetch !== undefined && typeof options.fetch !== 'function') {
    throw new FlagError('INVALID_ARGUMENT', `fetch is a ${typeof options.fetch}; expected a function`);
  }
  const headers = checkedHeaders(options.headers ?? {}, OURS);
  if (token !== undefined && Object.hasOwn(headers, 'authorization')) {
    throw new FlagError('INVALID_ARGUMENT', 'both token and the header authorization are given; expected one of them');
  }
  return {
    url,
    events: events === false ? undefined : addressOf('events', events),
    headers,
    token: tokenReader(token),
    heartbeat,
    timeout,
    maxBytes,
    name,
    fetch: options.fetch,
  };
}

/** An address we can use; it is not shown if it is wrong, for it may hold a secret. */
function addressOf(option: string, given: unknown): URL {
  const expected = 'expected an address that begins with http:// or https://';
  let url: URL;
  try {
    url = new URL(given as string | URL);
  } catch {
    throw new FlagError('INVALID_ARGUMENT', `${option} is no address; ${expected}`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new FlagError('INVALID_ARGUMENT', `${option} begins with ${url.protocol}; ${expected}`);
  }
  if (url.username !== '' || url.password !== '') {
    const hint = "pass token, or headers: { authorization: 'Basic …' }";
    throw new FlagError('INVALID_ARGUMENT', `${option} holds a user or a password; expected none. Hint: ${hint}`);
  }
  url.hash = '';
  return url;
}

/** Headers that belong to the connection, to the body, or to what a source asks for: another value would break that. */
const OURS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'if-none-match',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
