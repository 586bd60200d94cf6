import { checkedHeaders, FlagError, preview } from '@flagwright/core';
import { checkedName, checkFunction, checkWhole, recordOf } from '../options.ts';
import { keysOf, type Secret } from './sign.ts';

/** Options of `httpExporter`. Times in ms. */
export interface HttpExporterOptions {
  /** Where to post: `http:` or `https:`, without user and password. No message shows it. */
  readonly url: string | URL;
  /** Sent with every request, e.g. `{ authorization: 'Bearer …' }`. Not those the exporter sets itself. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Signs every request: `whsec_…`, or any text of 24 bytes or more; several while one replaces another. */
  readonly secret?: Secret | undefined;
  /** Whether bodies of 1 KiB or more are compressed. Default: true. */
  readonly gzip?: boolean | undefined;
  /** How long to wait for an answer. Default: 15,000. */
  readonly timeout?: number | undefined;
  /** A body of more bytes, before it is compressed, is not sent: the batch is halved. Default: 1 MiB. */
  readonly maxBytes?: number | undefined;
  /** Makes the requests, for those with certificates or proxies of their own. Default: the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
  /** The name in metrics and messages. Default: `http`. */
  readonly name?: string | undefined;
}

/** Options that make sense. */
export interface CheckedOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly keys: readonly Buffer[];
  readonly gzip: boolean;
  readonly timeout: number;
  readonly maxBytes: number;
  readonly fetch: typeof fetch | undefined;
  readonly name: string;
}

/** The options, checked. Throws `FlagError('INVALID_ARGUMENT')`, which shows no address and no secret. */
export function checkedOptions(options: HttpExporterOptions): CheckedOptions {
  const {
    secret,
    gzip = true,
    timeout = 15_000,
    maxBytes = 2 ** 20,
    name = 'http',
  } = recordOf(options, "{ url: 'https://collector.example.com/events' }");
  if (typeof gzip !== 'boolean') {
    throw new FlagError('INVALID_ARGUMENT', `gzip is ${preview(gzip)}; expected true or false`);
  }
  checkWhole('timeout', timeout, 1, 0x7fffffff, 'milliseconds');
  checkWhole('maxBytes', maxBytes, 1, 2 ** 29, 'bytes');
  checkFunction('fetch', options.fetch);
  return {
    url: addressOf(options.url),
    headers: checkedHeaders(options.headers ?? {}, OURS),
    keys: secret === undefined ? [] : keysOf(secret),
    gzip,
    timeout,
    maxBytes,
    fetch: options.fetch,
    name: checkedName(name),
  };
}

/** An address we can use; it is not shown if it is wrong, for it may hold a secret. */
function addressOf(given: unknown): URL {
  const expected = 'expected an address that begins with http:// or https://';
  let url: URL;
  try {
    url = new URL(given as string | URL);
  } catch {
    throw new FlagError('INVALID_ARGUMENT', `url is no address; ${expected}`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new FlagError('INVALID_ARGUMENT', `url begins with ${preview(url.protocol)}; ${expected}`);
  }
  if (url.username !== '' || url.password !== '') {
    const hint = "pass headers: { authorization: 'Basic …' }";
    throw new FlagError('INVALID_ARGUMENT', `url holds a user or a password; expected none. Hint: ${hint}`);
  }
  url.hash = '';
  return url;
}

/** Headers that belong to the connection, or that the exporter sets. */
const OURS: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'idempotency-key',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
]);
