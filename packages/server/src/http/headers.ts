import { FlagError, preview } from '@flagwright/core';

/** Which pages of browsers may ask what. */
export interface Cors {
  /** `https://app.example`, each as browsers send it. */
  readonly origins: readonly string[];
  /** What paths begin with. Default: `/ofrep/` and `/sets/`. */
  readonly paths?: readonly string[] | undefined;
}

/** Adds to the headers of an answer what belongs on every one. */
export type Dress = (headers: Headers, request: Request, path: string) => void;

/** Nothing here is a page, or part of one: whatever a browser could make of an answer is forbidden. */
const SECURITY: readonly (readonly [string, string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['referrer-policy', 'no-referrer'],
  ['x-frame-options', 'DENY'],
  ['cross-origin-resource-policy', 'same-origin'],
];

const EXPOSED = 'ETag, Retry-After, X-Request-Id';

export function dress(shared: CorsPolicy, behindTls: boolean): Dress {
  const constant = constantHeaders(behindTls);
  return (headers, request, path) => {
    for (const [name, value] of constant) headers.set(name, value);
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
    for (const [name, value] of corsHeaders(shared, path, request.headers.get('origin'))) headers.append(name, value);
  };
}

/** The same as plain values, for answers that are not of `Headers`: made once, but for pages of other origins. */
export function plainDress(
  shared: CorsPolicy,
  behindTls: boolean,
): (path: string, origin: string | undefined) => Readonly<Record<string, string>> {
  const constant = { 'cache-control': 'no-store', ...Object.fromEntries(constantHeaders(behindTls)) };
  return (path, origin) => {
    const more = corsHeaders(shared, path, origin ?? null);
    return more.length === 0 ? constant : { ...constant, ...Object.fromEntries(more) };
  };
}

function constantHeaders(behindTls: boolean): readonly (readonly [string, string])[] {
  return behindTls ? [...SECURITY, ['strict-transport-security', 'max-age=31536000']] : SECURITY;
}

const NONE: readonly (readonly [string, string])[] = [];

function corsHeaders(shared: CorsPolicy, path: string, origin: string | null): readonly (readonly [string, string])[] {
  if (!shared.covers(path)) return NONE;
  if (origin === null || !shared.origins.has(origin)) return [['vary', 'Origin']];
  return [
    ['vary', 'Origin'],
    ['access-control-allow-origin', origin],
    ['access-control-expose-headers', EXPOSED],
  ];
}

/** `Cors`, checked. */
export interface CorsPolicy {
  readonly origins: ReadonlySet<string>;
  covers(path: string): boolean;
}

/** Throws `FlagError('INVALID_ARGUMENT')` for origins that no browser sends. */
export function corsPolicy({ origins, paths = ['/ofrep/', '/sets/'] }: Cors = { origins: [] }): CorsPolicy {
  for (const origin of origins) {
    if (URL.canParse(origin) && new URL(origin).origin === origin) continue;
    const message = `${preview(origin)} is no origin; expected as https://app.example, without a slash at the end`;
    throw new FlagError('INVALID_ARGUMENT', message);
  }
  const on = origins.length > 0;
  return { origins: new Set(origins), covers: (path) => on && paths.some((start) => path.startsWith(start)) };
}

const ALLOWED = 'Authorization, Content-Type, If-None-Match, X-API-Key, X-Request-Id';
const PREFLIGHT_AGE = '600';

/** What `OPTIONS` answers, to whoever asks: which methods there are, and to a page whether it may use them. */
export function optionsAnswer(request: Request, methods: string, path: string, shared: CorsPolicy): Response {
  const headers = new Headers({ allow: methods });
  if (shared.covers(path) && shared.origins.has(request.headers.get('origin') ?? '')) {
    headers.set('access-control-allow-methods', methods);
    headers.set('access-control-allow-headers', ALLOWED);
    headers.set('access-control-max-age', PREFLIGHT_AGE);
  }
  return new Response(null, { status: 204, headers });
}
