import { FlagError, preview } from '@flagwright/core';
import { ALL_OF, badName, gateName } from '../names.ts';

/** What a request is about: all gates, or one by its name. */
export type Route = { readonly all: true } | { readonly all: false; readonly name: string };

/** What the address of a request means below `path`. Throws `FlagError`: `NOT_FOUND`, `INVALID_ARGUMENT`. */
export function routeOf(url: string, path: string): Route {
  const { pathname } = new URL(url);
  if (pathname === path || pathname === `${path}/`) return { all: true };
  const rest = pathname.startsWith(`${path}/`) ? pathname.slice(path.length + 1) : undefined;
  if (rest === undefined || rest.includes('/')) throw new FlagError('NOT_FOUND', `there is nothing here but ${path}`);
  let key: string;
  try {
    key = decodeURIComponent(rest);
  } catch {
    throw new FlagError('INVALID_ARGUMENT', 'the address ends in a broken escape; expected %XX of UTF-8');
  }
  return { all: false, name: checkedName(key) };
}

/** The name of a gate from either spelling. Throws `FlagError('INVALID_ARGUMENT')` if no gate can have it. */
export function checkedName(key: string): string {
  const name = gateName(key);
  const why = Object.hasOwn(ALL_OF, name) ? undefined : badName(name);
  if (why === undefined) return name;
  throw new FlagError('INVALID_ARGUMENT', `${preview(key)} is no name for a gate: ${why}`);
}
