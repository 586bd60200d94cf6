import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { type Found, finder, HTTP_OPTIONS, type HttpContextOptions, type Readable } from '../found.ts';
import { checkKnown } from '../invalid.ts';
import { isPromise } from '../is-promise.ts';
import { CONTEXT_OPTIONS, checkHandler } from '../options.ts';
import { captured, type Scope, scopes } from '../scope.ts';
import { bindEvents } from './bind-events.ts';

/** A request of `node:http`, of `node:http2`, or of what builds on them: express, connect. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** The response to it. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** A middleware, and the same around a handler that has no `next`. */
export interface HttpMiddleware<Request extends HttpRequest = HttpRequest> {
  (request: Request, response: HttpResponse, next: (error?: unknown) => void): void;
  /** A handler of `node:http` or `node:http2`, with this middleware in front: `createServer(middleware.wrap(handler))`. */
  wrap<Q extends Request, S extends HttpResponse = ServerResponse>(
    handler: (request: Q, response: S) => unknown,
  ): (request: Q, response: ResponseFor<S>) => void;
}

/**
 * What a handler of `S` may be called with. Where a server does not tell TypeScript which response it has, as one that
 * takes options does not, `S` is `ServerResponse`, and either is taken: name `Http2ServerResponse` for what only it has.
 */
export type ResponseFor<S extends HttpResponse> = ServerResponse extends S ? HttpResponse : S;

/**
 * Gives each request its context, for express and for `node:http`: what follows evaluates flags with it, also in events
 * of the request and the response. By default it is the address of who is connected (`ip`), and nothing from headers. A
 * context that cannot be told never fails a request. Throws `INVALID_ARGUMENT` for options that make no sense.
 */
export function httpMiddleware<Request extends HttpRequest = HttpRequest>(
  options: HttpContextOptions<Request> = {},
): HttpMiddleware<Request> {
  const what = 'httpMiddleware';
  checkKnown(what, options, [...CONTEXT_OPTIONS, ...HTTP_OPTIONS]);
  const find = finder(what, options as HttpContextOptions<never>);
  const scopeOf = scopes<Request, Found>(what, options, (request) => find(readable(request)));
  return withWrap((request, response, next) => {
    const go = (scope: Scope): void =>
      scope(() => {
        bindRequest(request, response);
        next();
      });
    const scope = scopeOf(request);
    // what `next` throws is no rejection
    if (isPromise(scope)) scope.then((late) => process.nextTick(go, late));
    else go(scope);
  });
}

/** Lets the events of a request, its response and, in HTTP/2, their stream run in the current async context. */
export function bindRequest(request: object, response: object): void {
  const resource = captured();
  bindEvents(request, resource);
  bindEvents(response, resource);
  const { httpVersionMajor, stream } = request as Partial<Http2ServerRequest>;
  if (httpVersionMajor === 2 && stream !== undefined) bindEvents(stream, resource);
}

/** A middleware with its form around a handler. */
export function withWrap<Request extends HttpRequest>(
  middleware: (request: Request, response: HttpResponse, next: (error?: unknown) => void) => void,
): HttpMiddleware<Request> {
  return Object.assign(middleware, {
    wrap: <Q extends Request, S extends HttpResponse>(handler: (request: Q, response: S) => unknown) => {
      checkHandler('wrap', handler);
      return (request: Q, response: ResponseFor<S>): void =>
        middleware(request, response, () => handler(request, response as S));
    },
  });
}

/** A request of Node's as it is read. */
export function readable(request: HttpRequest): Readable {
  return {
    peer: request.socket?.remoteAddress,
    header: (name) => (Object.hasOwn(request.headers, name) ? request.headers[name] : undefined),
    isRepeated(name) {
      const { rawHeaders = [] } = request;
      let count = 0;
      for (let i = 0; i < rawHeaders.length; i += 2) {
        const raw = rawHeaders[i]!;
        if (raw.length === name.length && raw.toLowerCase() === name) count++;
      }
      return count > 1;
    },
  };
}
