import { decide, GUARD_OPTIONS, type GuardOptions, gate, refusalOf } from '../guard.ts';
import { checkKnown } from '../invalid.ts';
import { type HttpMiddleware, withWrap } from './http-middleware.ts';
import { cutOff, refuse } from './refuse.ts';

/**
 * Guards a route of express or `node:http` by a boolean flag: who it is off for gets 404, or what the options say. An
 * evaluation that fails serves `fallback`; by default the route is closed then. A response that has begun is cut off.
 */
export function requireFlag(flag: string, fallback = false, options: GuardOptions = {}): HttpMiddleware {
  checkKnown('requireFlag', options, GUARD_OPTIONS);
  const isOpen = gate('requireFlag', flag, fallback, options);
  const refusal = refusalOf('requireFlag', options);
  return withWrap((_request, response, next) =>
    decide(isOpen, { enter: next, refuse: () => refuse(response, refusal), cutOff: () => cutOff(response) }),
  );
}
