export { type HonoContext, honoMiddleware } from './fetch/hono.ts';
export type { FetchOptions } from './fetch/options.ts';
export { type FetchGuard, requireFlag } from './fetch/require-flag.ts';
export { withFlags } from './fetch/with-flags.ts';
export type { Found, HttpContextOptions } from './found.ts';
export type { GuardOptions } from './guard.ts';
