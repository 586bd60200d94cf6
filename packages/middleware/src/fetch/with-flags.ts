import type { Found } from '../found.ts';
import { checkHandler } from '../options.ts';
import { captured, scopes } from '../scope.ts';
import { type FetchOptions, fetchFinder, nodePeer, peerFinder, readable } from './options.ts';
import { scopedResponse } from './scoped-response.ts';

/**
 * A handler of a fetch-style server, whose flags are evaluated with the context of the request: a route of Next,
 * `serve({ fetch })`. What comes after the request is passed on. The body is part of it, if it is a stream, too; see
 * `streams`. Options, and what happens where they fail, as for `httpMiddleware`; what the handler throws, rejects.
 */
export function withFlags<Q extends Request, Rest extends readonly unknown[]>(
  handler: (request: Q, ...rest: Rest) => Response | Promise<Response>,
  options: FetchOptions<Q, readonly [Q, ...Rest]> = {},
): (request: Q, ...rest: Rest) => Promise<Response> {
  const what = 'withFlags';
  checkHandler(what, handler);
  const find = fetchFinder(what, options as FetchOptions<never, never>);
  const {
    address = (_request: Q, ...rest: readonly unknown[]) => nodePeer(rest[0]),
    streams = true,
    context,
  } = options;
  type Asked = readonly [Q, ...Rest];
  const peerOf = peerFinder<Q, Asked>(what, address, options.onError);
  const scopeOf = scopes<Asked, Found>(
    what,
    {
      client: options.client,
      domain: options.domain,
      context: context && (([request], found) => context(request, found)),
      onError: options.onError && ((thrown, [request]) => options.onError?.(thrown, request)),
    },
    (asked) => find(readable(asked[0], peerOf(...asked))),
  );
  return async (request, ...rest) => {
    const scope = await scopeOf([request, ...rest]);
    return scope(async () => {
      const response = await handler(request, ...rest);
      return streams ? scopedResponse(response, captured()) : response;
    });
  };
}
