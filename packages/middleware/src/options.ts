import { type Client, OpenFeature } from '@openfeature/server-sdk';
import { invalid } from './invalid.ts';
import type { RequestContext } from './merge-contexts.ts';

/** The OpenFeature client that evaluates: at most one of the two. */
export interface ClientOptions {
  /** The client of a request's flags; default: that of an outer middleware, else the default client. */
  readonly client?: Client | undefined;
  /** The domain whose client evaluates, in place of `client`. */
  readonly domain?: string | undefined;
}

/** How a request gets its context, for every kind of server; `Found` is what is read from the request without asking. */
export interface ContextOptions<Request, Found> extends ClientOptions {
  /**
   * What of a request goes in its context. `found` is what was found in the request: the address of who asks (`ip`) and
   * the `headers` that were named; the default returns just that, and undefined adds nothing. If it throws, rejects or
   * returns what is no object, the request goes on without.
   */
  readonly context?:
    | ((request: Request, found: Found) => RequestContext | undefined | PromiseLike<RequestContext | undefined>)
    | undefined;
  /** Told when `context` fails, in place of one process warning; what it throws, or rejects with, is one. */
  readonly onError?: ((thrown: unknown, request: Request) => void) | undefined;
}

/** The names of the options above. */
export const CONTEXT_OPTIONS: readonly string[] = ['client', 'domain', 'context', 'onError'];

/** The client that options name; undefined if they name none. */
export function clientOf(what: string, { client, domain }: ClientOptions): Client | undefined {
  if (client !== undefined && domain !== undefined) throw invalid(`${what}: give one of client and domain`);
  if (domain !== undefined) {
    if (typeof domain !== 'string' || domain === '') throw invalid(`${what}: domain must be text that is not empty`);
    return OpenFeature.getClient(domain);
  }
  if (client === undefined) return undefined;
  if (typeof client?.getBooleanValue !== 'function') throw invalid(`${what}: client must be an OpenFeature client`);
  return client;
}

/** Throws `INVALID_ARGUMENT` if a handler is no function. */
export function checkHandler(what: string, handler: unknown): void {
  if (typeof handler !== 'function') throw invalid(`${what}: the handler must be a function`);
}

/** Throws `INVALID_ARGUMENT` if an option is there and no function. */
export function checkFunction(what: string, name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') throw invalid(`${what}: ${name} must be a function`);
}
