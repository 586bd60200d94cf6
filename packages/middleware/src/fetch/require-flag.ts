import { GUARD_OPTIONS, type GuardOptions, gate, refusalOf } from '../guard.ts';
import { checkKnown } from '../invalid.ts';
import { checkHandler } from '../options.ts';

/** A guard for hono, and the same around a handler of another fetch-style server. */
export interface FetchGuard {
  // biome-ignore lint/suspicious/noConfusingVoidType: hono declares it so
  (c: unknown, next: () => Promise<void>): Promise<Response | void>;
  /** The handler behind the guard; call it within `withFlags`. */
  wrap<Q extends Request, Rest extends readonly unknown[]>(
    handler: (request: Q, ...rest: Rest) => Response | Promise<Response>,
  ): (request: Q, ...rest: Rest) => Promise<Response>;
}

/**
 * Guards a route of hono or another fetch-style server by a boolean flag: who it is off for gets 404, or what the options
 * say. An evaluation that fails serves `fallback`; by default the route is closed then.
 */
export function requireFlag(flag: string, fallback = false, options: GuardOptions = {}): FetchGuard {
  checkKnown('requireFlag', options, GUARD_OPTIONS);
  const isOpen = gate('requireFlag', flag, fallback, options);
  const { status, type, body } = refusalOf('requireFlag', options);
  const refuse = (): Response => new Response(body, { status, headers: { 'content-type': type } });
  const guard = async (_c: unknown, next: () => Promise<void>): Promise<Response | undefined> => {
    if (!(await isOpen())) return refuse();
    await next();
    return undefined;
  };
  return Object.assign(guard, {
    wrap: <Q extends Request, Rest extends readonly unknown[]>(
      handler: (request: Q, ...rest: Rest) => Response | Promise<Response>,
    ) => {
      checkHandler('wrap', handler);
      return async (request: Q, ...rest: Rest): Promise<Response> =>
        (await isOpen()) ? handler(request, ...rest) : refuse();
    },
  });
}
