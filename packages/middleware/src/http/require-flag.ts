import { GUARD_OPTIONS, type GuardOptions, gate, type Refusal, refusalOf } from '../guard.ts';
import { checkKnown } from '../invalid.ts';
import { type HttpMiddleware, type HttpResponse, withWrap } from './http-middleware.ts';

/**
 * Guards a route of express or `node:http` by a boolean flag: who it is off for gets 404, or what the options say. An
 * evaluation that fails serves `fallback`; by default the route is closed then. A response that has begun is cut off.
 */
export function requireFlag(flag: string, fallback = false, options: GuardOptions = {}): HttpMiddleware {
  checkKnown('requireFlag', options, GUARD_OPTIONS);
  const isOpen = gate('requireFlag', flag, fallback, options);
  const refusal = refusalOf('requireFlag', options);
  return withWrap((_request, response, next) => {
    isOpen().then((open) => {
      // what `next` throws is no rejection
      if (open) process.nextTick(next);
      else refuse(response, refusal);
    });
  });
}

function refuse(response: HttpResponse, { status, type, body }: Refusal): void {
  if (response.writableEnded) return;
  if (response.headersSent) {
    // too late to be refused, and it must not pass for whole
    response.destroy();
    return;
  }
  response.removeHeader('transfer-encoding');
  response.statusCode = status;
  response.setHeader('content-type', type);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}
