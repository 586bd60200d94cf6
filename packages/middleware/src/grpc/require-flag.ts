import type { ServerInterceptor } from '@grpc/grpc-js';
import { decide, gate } from '../guard.ts';
import { checkKnown, invalid } from '../invalid.ts';
import { isUnwantedPromise } from '../is-promise.ts';
import { type ClientOptions, checkFunction } from '../options.ts';
import { delegate } from './delegate.ts';
import { gatedListener } from './gated-listener.ts';
import { asCall } from './interceptor.ts';

/** What a guard of gRPC guards, and what it answers. */
export interface GrpcGuardOptions extends ClientOptions {
  /** Which methods are guarded, by path (`/package.Service/Method`); default all. Where it throws, or is async, the method is. */
  readonly methods?: ((path: string) => boolean) | undefined;
  /** The status, 1 to 16; default 12, `UNIMPLEMENTED`: a method whose flag is off is not there. 7 is `PERMISSION_DENIED`. */
  readonly status?: number | undefined;
  /** The details of the status; default `not available`. */
  readonly details?: string | undefined;
}

const UNIMPLEMENTED = 12;

/**
 * The interceptor that guards methods by a boolean flag, after the one that gives calls their context:
 * `interceptors: [grpcInterceptor(), requireFlag('reports')]`. Who it is off for gets `UNIMPLEMENTED`, or what the
 * options say, and the handler is not called. An evaluation that fails serves `fallback`; by default closed.
 */
export function requireFlag(flag: string, fallback = false, options: GrpcGuardOptions = {}): ServerInterceptor {
  const what = 'requireFlag';
  checkKnown(what, options, ['client', 'domain', 'methods', 'status', 'details']);
  const { methods, status = UNIMPLEMENTED, details = 'not available' } = options;
  checkFunction(what, 'methods', methods);
  if (!Number.isInteger(status) || status < 1 || status > 16) throw invalid(`${what}: status must be 1 to 16`);
  if (typeof details !== 'string') throw invalid(`${what}: details must be text`);
  const isOpen = gate(what, flag, fallback, options);
  const isGuarded = (path: string): boolean => {
    try {
      if (methods === undefined) return true;
      const guarded: unknown = methods(path);
      return isUnwantedPromise(guarded) || Boolean(guarded);
    } catch {
      return true;
    }
  };
  return ({ path }, call) => {
    if (!isGuarded(path)) return asCall(call);
    const send = (text: string): void => call.sendStatus({ code: status, details: text, metadata: null });
    const admit = (_metadata: unknown, enter: () => void): void =>
      decide(isOpen, { enter, refuse: () => send(details), cutOff: () => send('') });
    return asCall(delegate(call, { start: (listener) => call.start(gatedListener(listener, admit)) }));
  };
}
