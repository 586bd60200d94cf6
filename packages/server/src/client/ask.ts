import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Awaitable,
  FlagError,
  type Issue,
  isRecord,
  mediaTypeOf,
  networkError,
  preview,
  readBytes,
  retryAfterOf,
  retryDelay,
  utf8Of,
} from '@flagwright/core';
import type { ProblemCode } from '../http/problem.ts';
import { ApiError } from './api-error.ts';

/** What goes with a request. */
export interface AskOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
}

/** Asks the server; resolves to the body of its answer. Throws `ApiError`, or `FlagError` if there was no answer. */
export type Ask = (method: string, path: string, options?: AskOptions) => Promise<unknown>;

export interface Connection {
  /** Of the server, without a slash at its end. */
  readonly url: string;
  readonly token: () => Awaitable<string | undefined>;
  readonly headers: Readonly<Record<string, string>>;
  /** How long a whole answer may take, in ms. */
  readonly timeout: number;
  /** How often a request is sent again that was turned away for the time being. */
  readonly retries: number;
  readonly fetch: typeof fetch;
  /** Told before each pause, e.g. to show it. */
  readonly waiting: ((ms: number, why: ApiError) => void) | undefined;
}

const MOST_READ = 256 * 2 ** 20;

/** Longer pauses are not waited for: whoever asked shall decide. In ms. */
const MOST_PATIENCE = 300_000;

/** Sends requests; one that was turned away before anything was done (429, 503 of the server itself) is sent again. */
export function asker(connection: Connection): Ask {
  return async (method, path, options = {}) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await once(connection, method, path, options);
      } catch (thrown) {
        const pause = pauseBefore(attempt + 1, thrown, connection.retries);
        if (pause === undefined) throw thrown;
        connection.waiting?.(pause, thrown as ApiError);
        await sleep(pause);
      }
    }
  };
}

/** How long to wait, in ms; undefined: not to be tried again. */
function pauseBefore(attempt: number, thrown: unknown, retries: number): number | undefined {
  if (!(thrown instanceof ApiError) || attempt > retries) return undefined;
  const busy = thrown.status === 429 || (thrown.status === 503 && thrown.code === 'UNAVAILABLE');
  if (!busy) return undefined;
  const asked = thrown.members.retryAfter;
  const retryAfter = typeof asked === 'number' ? asked : undefined;
  const pause = retryDelay(attempt, new FlagError('UNAVAILABLE', thrown.message, { retryAfter }));
  return pause > MOST_PATIENCE ? undefined : pause;
}

async function once(connection: Connection, method: string, path: string, options: AskOptions): Promise<unknown> {
  const { query = {}, headers = {}, body } = options;
  const address = new URL(connection.url + path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.set(name, String(value));
  }
  const token = await connection.token();
  const signal = AbortSignal.timeout(connection.timeout);
  let answer: Response;
  let text: string;
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
    text = utf8Of(await readBytes(answer.body, MOST_READ));
  } catch (thrown) {
    if (thrown instanceof FlagError) throw thrown;
    const changing = method !== 'GET';
    if (!signal.aborted) throw networkError(thrown, changing, connection.fetch === globalThis.fetch);
    const late = `no answer of the server within ${connection.timeout} ms`;
    throw changing
      ? new FlagError('UNKNOWN', `${late}, so it may have been done or not. Hint: look before trying again`)
      : new FlagError('UNAVAILABLE', late);
  }
  if (!answer.ok) throw refusalOf(answer, text);
  return text === '' ? undefined : parsed(answer, text);
}

function parsed(answer: Response, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const type = mediaTypeOf(answer.headers);
    throw new FlagError(
      'PARSE_ERROR',
      `the server answered ${preview(type)}; expected JSON. Hint: is the url that of Flagwright?`,
    );
  }
}

function refusalOf(answer: Response, text: string): ApiError {
  const { status, headers } = answer;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const members = isRecord(body) ? body : {};
  const said = <T>(name: string, type: 'string'): T | undefined =>
    typeof members[name] === type ? (members[name] as T) : undefined;
  const retryAfter = retryAfterOf(headers);
  return new ApiError(said<string>('detail', 'string') ?? `the server answered ${status}`, {
    status,
    code: said<ProblemCode>('code', 'string'),
    hint: said<string>('hint', 'string'),
    issues: Array.isArray(members.issues) ? (members.issues as readonly Issue[]) : [],
    requestId: said<string>('requestId', 'string') ?? headers.get('x-request-id') ?? undefined,
    members: retryAfter === undefined ? members : { ...members, retryAfter },
  });
}
