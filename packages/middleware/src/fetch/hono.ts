import type { Found } from '../found.ts';
import { captured, scopes } from '../scope.ts';
import { type FetchOptions, fetchFinder, nodePeer, peerFinder, readable } from './options.ts';
import { scopedResponse } from './scoped-response.ts';

/** The context of hono, as far as it is used here; name hono's own type in `context` to have all of it. */
export interface HonoContext {
  readonly req: { readonly raw: Request };
  // biome-ignore lint/suspicious/noExplicitAny: hono declares it so
  readonly env: any;
  res: Response;
}

/**
 * The middleware that gives each request of hono its context: `app.use(honoMiddleware())`. Options, and what happens
 * where they fail, as for `withFlags`; `context` is given hono's context.
 */
export function honoMiddleware<C extends HonoContext = HonoContext>(
  options: FetchOptions<C, readonly [C]> = {},
): (c: C, next: () => Promise<void>) => Promise<void> {
  const what = 'honoMiddleware';
  const find = fetchFinder(what, options as FetchOptions<never, never>);
  const { address = ({ env }: C) => nodePeer(env), streams = true } = options;
  const peerOf = peerFinder<C, readonly [C]>(what, address, options.onError);
  const scopeOf = scopes<C, Found>(
    what,
    { client: options.client, domain: options.domain, context: options.context, onError: options.onError },
    (c) => find(readable(c.req.raw, peerOf(c))),
  );
  return async (c, next) => {
    const scope = await scopeOf(c);
    await scope(async () => {
      await next();
      if (streams) replaceResponse(c, scopedResponse(c.res, captured()));
    });
  };
}

function replaceResponse(c: HonoContext, response: Response): void {
  if (response === c.res) return;
  // hono adds the headers of the response before to the one that is set, unless there is none
  (c as { res: Response | undefined }).res = undefined;
  c.res = response;
}
