export { currentClient } from './current-client.ts';
export type { Found, HttpContextOptions } from './found.ts';
export type { GuardOptions } from './guard.ts';
export {
  type HttpMiddleware,
  type HttpRequest,
  type HttpResponse,
  httpMiddleware,
  type ResponseFor,
} from './http/http-middleware.ts';
export { requireFlag } from './http/require-flag.ts';
export type { RequestContext } from './merge-contexts.ts';
export type { ClientOptions, ContextOptions } from './options.ts';
export { currentContext } from './propagate.ts';
export {
  type Ask,
  type AskDetails,
  boolean,
  booleanDetails,
  number,
  numberDetails,
  object,
  objectDetails,
  string,
  stringDetails,
  track,
} from './values.ts';
export { withContext } from './with-context.ts';
