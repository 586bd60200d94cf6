import type { Awaitable, FlagErrorCode, FlagSource, FlagStore } from '@flagwright/core';
import { checkSource, FlagError, HTTP_STATUS, mediaTypeOf, publicError } from '@flagwright/core';
import { checkDurations, checkNumber } from '../checks.ts';
import { readCommit } from './commit-body.ts';
import { eventStream } from './event-stream.ts';
import { latest } from './latest.ts';
import { MAX_HEARTBEAT } from './options.ts';
import { names, tagOf } from './revision.ts';
import { staleHeaders } from './stale.ts';
import { errorResponse } from './status.ts';
import { documentWriter, inPieces } from './written-document.ts';

/** Options of `storeHandler`. */
export interface StoreHandlerOptions {
  /**
   * Asked at each request, before anything else: true lets it pass, false is 401, and a response is the answer. Must not
   * read the body. Default: everybody may do everything.
   */
  readonly authorize?: ((request: Request) => Awaitable<boolean | Response>) | undefined;
  /** How often an event stream says something, in ms. Default: 15,000. */
  readonly heartbeat?: number | undefined;
  /** A commit of more bytes is refused. Default: 8 MiB. */
  readonly maxBytes?: number | undefined;
  /** A commit of more edits is refused. Default: as many as `maxBytes` can hold. */
  readonly maxEdits?: number | undefined;
  /** A read of the store that takes longer, in ms, has failed. Default: 30,000. */
  readonly readTimeout?: number | undefined;
}

/** Answers a request; never rejects. */
export type Handler = (request: Request) => Promise<Response>;

/** A handler that can be shut down. */
export type StoreHandler = Handler & {
  /**
   * Ends the event streams, which nothing else would, and refuses new ones with `NOT_READY` (503); other requests are
   * served on. Resolves once their subscriptions are over; one that is still being armed ends when it is.
   */
  close(): Promise<void>;
};

/**
 * A source or store behind HTTP, for `httpSource` and `httpStore`, whatever the path: one function from `Request` to
 * `Response`, which `nodeHandler` fits to `node:http`.
 *
 * - `GET`, `HEAD`: the document as JSON with its `ETag`, or 304; `Flagwright-Stale-*` headers if it is a stale copy
 * - `GET` with `Accept: text/event-stream`: hints as server-sent events; 406 if the source has none
 * - `POST` of `{ "edits": […], "by": "…" }`: commits, and answers `{ "revision": "…" }`; 405 if the source is no store.
 *   `by` is what the client says of itself
 *
 * Errors are `{ "code": …, "message": … }` with the status of `HTTP_STATUS`. The store stays the caller's to close, after
 * the handler. Throws `FlagError('INVALID_ARGUMENT')` for options that make no sense.
 */
export function storeHandler(store: FlagSource | FlagStore, options: StoreHandlerOptions = {}): StoreHandler {
  checkSource(store);
  const { heartbeat = 15_000, maxBytes = 8 * 2 ** 20, maxEdits = Number.MAX_SAFE_INTEGER } = options;
  const { authorize, readTimeout = 30_000 } = options;
  checkNumber('heartbeat', heartbeat, 10, MAX_HEARTBEAT, 'milliseconds');
  checkNumber('maxBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER, 'bytes');
  checkNumber('maxEdits', maxEdits, 1, Number.MAX_SAFE_INTEGER, 'edits');
  checkDurations({ readTimeout });
  const read = latest(store, readTimeout);
  const written = documentWriter();
  const ongoing = new Set<() => Promise<void>>();
  let closed = false;
  const writable = 'commit' in store && typeof store.commit === 'function' ? store : undefined;

  async function get({ method, headers: asked }: Request): Promise<Response> {
    const set = await read();
    const etag = tagOf(set.revision);
    const headers = { etag, 'cache-control': 'no-cache', vary: 'accept', ...staleHeaders(set) };
    if (names(asked.get('if-none-match'), etag)) return new Response(null, { status: 304, headers });
    const bytes = written(set);
    return new Response(method === 'HEAD' ? null : inPieces(bytes), {
      headers: { ...headers, 'content-type': 'application/json', 'content-length': String(bytes.length) },
    });
  }

  async function listen({ signal }: Request): Promise<Response> {
    if (closed) throw new FlagError('NOT_READY', 'this server is shutting down');
    if (store.subscribe === undefined) throw new FlagError('UNSUPPORTED', 'these flags come without hints');
    const stream = await eventStream({
      subscribe: async (observer) => store.subscribe!(observer),
      revision: async () => (await read()).revision,
      heartbeat,
      signal,
      ongoing,
    });
    // the last one is for nginx, which would keep events back
    const headers = { 'cache-control': 'no-cache, no-transform', vary: 'accept', 'x-accel-buffering': 'no' };
    return new Response(stream, { headers: { ...headers, 'content-type': 'text/event-stream' } });
  }

  async function post(request: Request): Promise<Response> {
    if (writable === undefined) return notAllowed('GET, HEAD', 'these flags cannot be written');
    // also what keeps the page of another site from sending edits with the user's cookies
    if (mediaTypeOf(request.headers) !== 'application/json') {
      return refused('INVALID_ARGUMENT', 'the content type is another; expected application/json', 415);
    }
    const encoding = request.headers.get('content-encoding') ?? 'identity';
    if (encoding.trim().toLowerCase() !== 'identity') {
      return refused('INVALID_ARGUMENT', 'the body is packed; expected it without a content encoding', 415);
    }
    const { edits, by } = await readCommit(request, { maxBytes, maxEdits });
    const revision = await writable.commit(edits, by);
    return Response.json({ revision }, { headers: { 'cache-control': 'no-store' } });
  }

  async function answer(request: Request): Promise<Response> {
    const { method, headers } = request;
    const barred = await bar(request, authorize);
    if (barred !== undefined) return barred;
    const streaming = method === 'GET' && asksForEvents(headers.get('accept') ?? '');
    if (method === 'POST') return post(request).catch((thrown) => errorResponse(publicError(thrown, 'UNKNOWN')));
    if (method !== 'GET' && method !== 'HEAD') {
      return notAllowed(writable === undefined ? 'GET, HEAD' : 'GET, HEAD, POST', 'there is no such method here');
    }
    return (streaming ? listen(request) : get(request)).catch((thrown) => {
      const error = publicError(thrown, 'UNAVAILABLE');
      return errorResponse(error, readStatus(error.code, streaming));
    });
  }

  return Object.assign(answer, {
    async close() {
      closed = true;
      await Promise.all([...ongoing].map((end) => end()));
    },
  });
}

/** Whether what is wanted first is an event stream, and wanted at all. */
function asksForEvents(accept: string): boolean {
  const [first = ''] = accept.split(',', 1);
  const [type, ...parameters] = first.split(';').map((part) => part.trim().toLowerCase());
  return type === 'text/event-stream' && !parameters.some((one) => /^q\s*=\s*0(?:\.0*)?$/.test(one));
}

/** A reader asks for nothing that could be wrong: but for what is not there, the fault is on this side. */
function readStatus(code: FlagErrorCode, streaming: boolean): number {
  if (code === 'UNSUPPORTED' && streaming) return 406;
  return code === 'NOT_FOUND' ? 404 : Math.max(500, HTTP_STATUS[code]);
}

/** The answer to a request that may not pass. What cannot be told to be allowed is not. */
async function bar(request: Request, authorize: StoreHandlerOptions['authorize']): Promise<Response | undefined> {
  if (authorize === undefined) return undefined;
  try {
    const allowed = await authorize(request);
    if (allowed instanceof Response) return allowed;
    return allowed === true ? undefined : refused('UNAUTHORIZED', 'the credentials are missing, or not accepted');
  } catch (thrown) {
    if (thrown instanceof FlagError && thrown.code === 'UNAUTHORIZED') return errorResponse(thrown);
    return errorResponse(publicError(thrown, 'UNAVAILABLE'));
  }
}

function refused(code: FlagErrorCode, message: string, status?: number): Response {
  return errorResponse(new FlagError(code, message), status);
}

function notAllowed(allow: string, message: string): Response {
  const response = refused('UNSUPPORTED', `${message}; expected one of ${allow}`, 405);
  response.headers.set('allow', allow);
  return response;
}
