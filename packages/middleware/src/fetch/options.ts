import { failures } from '../failures.ts';
import { type Found, finder, HTTP_OPTIONS, type HttpContextOptions, type Readable } from '../found.ts';
import { checkKnown, invalid } from '../invalid.ts';
import { isUnwantedPromise } from '../is-promise.ts';
import { CONTEXT_OPTIONS, checkFunction } from '../options.ts';

/** Options of the middlewares for fetch-style servers. `Asked` is what a request is called with. */
export interface FetchOptions<Request, Asked extends readonly unknown[]> extends HttpContextOptions<Request> {
  /**
   * The address of who is connected, which a `Request` does not tell. Default: that of `@hono/node-server`, which gives
   * it with the request; elsewhere unknown. Where it throws it is unknown as well, and `onError` is told.
   */
  readonly address?: ((...asked: Asked) => string | undefined) | undefined;
  /**
   * Whether the streams of a response's body see the context while they are sent, after the handler has returned;
   * default true. It costs one more stream for each response that has a body, is not JSON and tells no length.
   */
  readonly streams?: boolean | undefined;
}

/** Checks the options of a middleware, and reads what is found in requests. Throws `INVALID_ARGUMENT`. */
export function fetchFinder(what: string, options: FetchOptions<never, never>): (request: Readable) => Found {
  checkKnown(what, options, [...CONTEXT_OPTIONS, ...HTTP_OPTIONS, 'address', 'streams']);
  for (const name of ['address', 'context', 'onError'] as const) checkFunction(what, name, options[name]);
  if (options.streams !== undefined && typeof options.streams !== 'boolean') {
    throw invalid(`${what}: streams must be true or false`);
  }
  return finder(what, options);
}

/**
 * The address of who is connected, as an option tells it. Where that fails it is unknown, and `onError` is told, with the
 * first of what the option was called with.
 */
export function peerFinder<Request, Asked extends readonly [Request, ...unknown[]]>(
  what: string,
  address: (...asked: Asked) => string | undefined,
  onError: ((thrown: unknown, request: Request) => void) | undefined,
): (...asked: Asked) => string | undefined {
  const failed = failures(what, 'address', onError);
  return (...asked) => {
    try {
      const peer: unknown = address(...asked);
      if (peer === undefined || typeof peer === 'string') return peer;
      throw invalid(`an address must be text${isUnwantedPromise(peer) ? ', at once' : ''}`);
    } catch (thrown) {
      failed(thrown, asked[0]);
      return undefined;
    }
  };
}

/** A `Request` as it is read. It has joined headers that came more than once. */
export function readable(request: Request, peer: string | undefined): Readable {
  return { peer, header: (name) => request.headers.get(name), isRepeated: () => false };
}

/** The address of who is connected, in what `@hono/node-server` gives with a request. */
export function nodePeer(env: unknown): string | undefined {
  type Env = { readonly incoming?: { readonly socket?: { readonly remoteAddress?: unknown } } };
  const bindings = env as (Env & { readonly server?: Env }) | null | undefined;
  const address = (bindings?.server ?? bindings)?.incoming?.socket?.remoteAddress;
  return typeof address === 'string' ? address : undefined;
}
