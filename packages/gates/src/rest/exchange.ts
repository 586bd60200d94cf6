import {
  codeOfStatus,
  FlagError,
  isErrorCode,
  isRecord,
  isTurnedAway,
  mediaTypeOf,
  networkError,
  preview,
  readBytes,
  retryAfterOf,
  utf8Of,
} from '@flagwright/core';
import type { CheckedClientOptions } from './client-options.ts';
import { PROBLEM } from './problem.ts';

/** A request of a client. */
export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the address of the gates; empty for all of them. */
  readonly path: string;
  readonly body?: unknown;
  readonly ifMatch?: string | undefined;
}

/** A good answer. */
export interface Answer {
  /** What JSON it had; undefined if it had no body. */
  readonly body: unknown;
  readonly etag: string | undefined;
}

const MOST_READ = 8 * 2 ** 20;
const MOST_SHOWN = 500;

/**
 * Sends a request and reads the answer. Throws `FlagError` with the code that the server says, or that its status stands
 * for: `UNAVAILABLE` means that nothing was done, `UNKNOWN` that a change may have been made.
 */
export async function exchange(options: CheckedClientOptions, asked: Asked): Promise<Answer> {
  const changing = asked.method !== 'GET';
  const token = await options.token();
  const send = options.fetch ?? fetch;
  let answer: Response;
  let text: string;
  try {
    answer = await send(options.url + asked.path, {
      method: asked.method,
      headers: {
        ...options.headers,
        accept: 'application/json, application/problem+json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(asked.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(asked.ifMatch === undefined ? {} : { 'if-match': asked.ifMatch }),
      },
      ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
      // a token goes to nobody else
      redirect: 'manual',
      signal: AbortSignal.timeout(options.timeout),
    });
    text = utf8Of(await readBytes(answer.body, MOST_READ));
  } catch (thrown) {
    throw failure(thrown, changing, options);
  }
  if (answer.ok) return { body: jsonOf(text, changing), etag: answer.headers.get('etag') ?? undefined };
  throw refusal(answer, text, changing, token);
}

function failure(thrown: unknown, changing: boolean, { timeout, fetch }: CheckedClientOptions): FlagError {
  if (thrown instanceof FlagError) return unreadable(`the answer cannot be read: ${thrown.message}`, changing);
  if ((thrown as { readonly name?: unknown } | null)?.name === 'TimeoutError') {
    return unreadable(`there was no whole answer within ${timeout} ms`, changing);
  }
  return networkError(thrown, changing, fetch === undefined);
}

function unreadable(what: string, changing: boolean): FlagError {
  if (!changing) return new FlagError('UNAVAILABLE', what);
  return new FlagError('UNKNOWN', `${what}. Hint: read the gates to see whether the change was made`);
}

function jsonOf(text: string, changing: boolean): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable('the answer is no JSON', changing);
  }
}

/** The error in an answer: by its own code if it is a problem of ours, else by its status. */
function refusal(answer: Response, text: string, changing: boolean, token: string | undefined): FlagError {
  const { status, headers } = answer;
  const retryAfter = retryAfterOf(headers);
  if (mediaTypeOf(headers) === PROBLEM) {
    const { code, detail } = recordOf(text);
    if (isErrorCode(code)) return new FlagError(code, shown(detail, status, token), { retryAfter });
  }
  if (status >= 300 && status < 400) {
    return new FlagError('UNAVAILABLE', `the server answered ${status}. Hint: redirects are not followed; check url`);
  }
  if (changing && !isTurnedAway(status)) return unreadable(`the server answered ${status}`, true);
  return new FlagError(codeOfStatus(status), `the server answered ${status}`, { retryAfter });
}

function recordOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : {};
  } catch {
    return {};
  }
}

/** What a server said, without the token that it was sent, and without characters that could move a cursor. */
function shown(detail: unknown, status: number, token: string | undefined): string {
  if (typeof detail !== 'string') return `the server answered ${status} ${preview(detail)}`;
  const hidden = token === undefined ? detail : detail.replaceAll(token, '[hidden]');
  return hidden.slice(0, MOST_SHOWN).replace(/\p{Cc}+/gu, ' ');
}
