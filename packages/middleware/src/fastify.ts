import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { type Found, finder, HTTP_OPTIONS, type HttpContextOptions } from './found.ts';
import { decide, GUARD_OPTIONS, type GuardOptions, gate, refusalOf } from './guard.ts';
import { bindRequest, readable } from './http/http-middleware.ts';
import { BODY_HEADERS, cutOff, isTooLate } from './http/refuse.ts';
import { checkKnown } from './invalid.ts';
import { isPromise } from './is-promise.ts';
import { CONTEXT_OPTIONS } from './options.ts';
import { currentScope, type Scope, scopes } from './scope.ts';

export type { Found, HttpContextOptions } from './found.ts';
export type { GuardOptions } from './guard.ts';

/** A request of fastify, as far as it is read here; name fastify's own type in `context` to have all of it. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage | Http2ServerRequest;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly url: string;
  readonly method: string;
}

/** A reply of fastify, as far as it is written here. */
export interface FastifyReplyLike {
  readonly raw: ServerResponse | Http2ServerResponse;
  // what a route may answer is declared in its type, and a refusal is none of it
  removeHeader(name: never): unknown;
  code(status: never): { header(name: never, value: string): { send(body: never): unknown } };
}

/** A plugin of fastify 5, for `app.register`. */
export type FastifyPlugin = (app: { addHook(...hook: never[]): unknown }, options: object, done: () => void) => void;

/** The scope of each request, as the last plugin has made it. */
const scopeOfRequest: WeakMap<object, Scope> = /* @__PURE__ */ new WeakMap<object, Scope>();
const entered: AsyncLocalStorage<Scope> = /* @__PURE__ */ new AsyncLocalStorage<Scope>();

/** Makes what is current now the scope of a request. */
function enterAsNow(request: object, fn: () => void): void {
  const scope = currentScope();
  scopeOfRequest.set(request, scope);
  entered.run(scope, fn);
}

/**
 * Enters the scope of a request where it was left: a hook may go on where it began, which knows nothing of the request, or
 * for many requests at once, in the context of one of them.
 */
function enterAgain(request: object, fn: () => void): void {
  const scope = scopeOfRequest.get(request);
  if (scope === undefined || entered.getStore() === scope) fn();
  else entered.run(scope, scope, fn);
}

/**
 * The plugin that gives each request its context: hooks, handlers, serializers and error handlers evaluate flags with it,
 * and so do the events of `request.raw` and `reply.raw`. It counts for the whole application or the scope it is
 * registered in. Options, and what happens where they fail, as for `httpMiddleware`.
 */
export function fastifyPlugin<Request extends FastifyRequestLike = FastifyRequestLike>(
  options: HttpContextOptions<Request> = {},
): FastifyPlugin {
  const what = 'fastifyPlugin';
  checkKnown(what, options, [...CONTEXT_OPTIONS, ...HTTP_OPTIONS]);
  const find = finder(what, options as HttpContextOptions<never>);
  const scopeOf = scopes<Request, Found>(what, options, ({ raw }) => find(readable(raw)));
  const onRequest = (request: Request, reply: FastifyReplyLike, done: () => void): void => {
    const go = (scope: Scope): void =>
      scope(() => {
        enterAsNow(request, () => {
          bindRequest(request.raw, reply.raw);
          done();
        });
      });
    enterAgain(request, () => {
      const scope = scopeOf(request);
      if (isPromise(scope)) scope.then((late) => process.nextTick(go, late));
      else go(scope);
    });
  };
  const plugin: FastifyPlugin = (app, _options, done) => {
    const addHook = app.addHook.bind(app) as (name: string, hook: unknown) => unknown;
    addHook('onRequest', onRequest);
    const onLater = (request: Request, _reply: unknown, done: () => void): void => enterAgain(request, done);
    addHook('preValidation', onLater);
    addHook('preHandler', onLater);
    // where a body cannot be read, these are what comes next
    const onEnd = (request: Request, _reply: unknown, _sent: unknown, done: () => void): void =>
      enterAgain(request, done);
    addHook('onError', onEnd);
    addHook('onSend', onEnd);
    done();
  };
  // as fastify-plugin does it: the hooks belong to who registers the plugin, not to the plugin
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: '@flagwright/middleware',
    [Symbol.for('plugin-meta')]: { name: '@flagwright/middleware', fastify: '5.x' },
  });
}

/**
 * A `preHandler` of fastify that guards a route by a boolean flag: who it is off for gets 404, or what the options say.
 * An evaluation that fails serves `fallback`; by default the route is closed then. A response that has begun is
 * cut off.
 */
export function requireFlag(
  flag: string,
  fallback = false,
  options: GuardOptions = {},
): (request: unknown, reply: FastifyReplyLike, done: () => void) => void {
  checkKnown('requireFlag', options, GUARD_OPTIONS);
  const isOpen = gate('requireFlag', flag, fallback, options);
  const { status, type, body } = refusalOf('requireFlag', options);
  const refuse = (reply: FastifyReplyLike): void => {
    if (isTooLate(reply.raw)) return;
    for (const name of BODY_HEADERS) {
      reply.removeHeader(name as never);
      reply.raw.removeHeader(name);
    }
    reply
      .code(status as never)
      .header('content-type' as never, type)
      .send(body as never);
  };
  return (_request, reply, done) =>
    decide(isOpen, { enter: done, refuse: () => refuse(reply), cutOff: () => cutOff(reply.raw) });
}
