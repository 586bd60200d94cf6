import { type Awaitable, FlagError, mediaTypeOf, networkError, preview, readBytes, utf8Of } from '@flagwright/core';
import { noAnswer, noConnection } from './no-answer.ts';
import { type Patience, patiently } from './patience.ts';
import { refusalOf } from './refusal.ts';

/** What goes with a request. */
export interface AskOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  /**
   * It changes nothing, and is sent again as such after a lost connection. Default: whether it is a GET, or a dry run
   * (`dryRun: true` of the query).
   */
  readonly reads?: boolean | undefined;
}

/** Asks the server; resolves to the body of its answer. Throws `ApiError`, or a `NoAnswer` if there was none. */
export type Ask = (method: string, path: string, options?: AskOptions) => Promise<unknown>;

export interface Connection extends Patience {
  /** Of the server, without a slash at its end. */
  readonly url: string;
  readonly token: () => Awaitable<string | undefined>;
  readonly headers: Readonly<Record<string, string>>;
  /** How long a whole answer may take, in ms. */
  readonly timeout: number;
  readonly fetch: typeof fetch;
}

const MOST_READ = 256 * 2 ** 20;

/** Sends requests, and sends them again where that is safe: see `patiently`. */
export function asker(connection: Connection): Ask {
  return (method, path, options = {}) => {
    const reads = isReading(method, options);
    return patiently(reads, connection, () => once(connection, method, path, options, !reads));
  };
}

/** Whether a request changes nothing. */
export function isReading(method: string, { reads, query }: AskOptions = {}): boolean {
  return reads ?? (method === 'GET' || method === 'HEAD' || query?.dryRun === true);
}

async function once(
  connection: Connection,
  method: string,
  path: string,
  options: AskOptions,
  changing: boolean,
): Promise<unknown> {
  const { query = {}, headers = {}, body } = options;
  const address = new URL(connection.url + path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.set(name, String(value));
  }
  const token = await connection.token();
  const signal = AbortSignal.timeout(connection.timeout);
  let answer: Response;
  let bytes: Uint8Array;
  try {
    answer = await connection.fetch(address, {
      method,
      headers: {
        accept: 'application/json',
        ...connection.headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // another server must not be sent the token
      redirect: 'manual',
      signal,
    });
    bytes = await readBytes(answer.body, MOST_READ);
  } catch (thrown) {
    if (thrown instanceof FlagError) {
      if (thrown.code !== 'TOO_LARGE') throw thrown;
      const [message, detail] = ['the answer of the server is too long', `more than ${MOST_READ / 2 ** 20} MiB`];
      throw noAnswer('too-large', changing, `${message}: ${detail}`, { detail, code: 'TOO_LARGE' });
    }
    if (!signal.aborted) {
      throw noConnection(networkError(thrown, changing, connection.fetch === globalThis.fetch), changing);
    }
    throw noAnswer('late', changing, `no answer of the server within ${connection.timeout} ms`, {
      detail: `${connection.timeout / 1_000} s`,
    });
  }
  return contentOf(answer, bytes, changing);
}

function contentOf(answer: Response, bytes: Uint8Array, changing: boolean): unknown {
  const { status, headers, ok } = answer;
  const { value, text } = jsonOf(bytes);
  if (ok && text === '') return undefined;
  if (ok && value !== undefined) return value;
  const type = mediaTypeOf(headers);
  if (ok) {
    const detail = type === 'text/html' ? 'a page' : `${type === '' ? 'something' : preview(type)} that is no JSON`;
    throw noAnswer('foreign', changing, `something has answered, and not as Flagwright does: ${detail}`, { detail });
  }
  const refusal = refusalOf(status, headers, value);
  // whether the server behind it has done it, who answers in its place does not know
  if (!changing || refusal.code !== undefined || status < 500) throw refusal;
  const detail = String(status);
  throw noAnswer('foreign', changing, `something that is not Flagwright has answered ${detail}`, { detail });
}

/** The value of an answer; undefined if it is no JSON. */
function jsonOf(bytes: Uint8Array): { readonly text: string; readonly value: unknown } {
  try {
    const text = utf8Of(bytes);
    return { text, value: text === '' ? undefined : JSON.parse(text) };
  } catch {
    return { text: '…', value: undefined };
  }
}
