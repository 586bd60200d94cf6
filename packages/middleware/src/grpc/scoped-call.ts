import type { AsyncResource } from 'node:async_hooks';
import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { isPromise } from '../is-promise.ts';
import { captured, type Scope } from '../scope.ts';
import { delegate } from './delegate.ts';
import { gatedListener } from './gated-listener.ts';

/** A call whose handler begins once its scope is known, and runs in it with every event of the call, of whichever type. */
export function scopedCall(
  call: ServerInterceptingCallInterface,
  scopeOf: (metadata: Metadata) => Scope | Promise<Scope>,
): ServerInterceptingCallInterface {
  let resource: AsyncResource | undefined;
  const run = (event: () => void): void => {
    if (resource === undefined) event();
    else resource.runInAsyncScope(event);
  };
  const enter = (scope: Scope, begin: () => void): void => {
    resource = scope(captured);
    begin();
  };
  const admit = (metadata: Metadata, begin: () => void): void => {
    const scope = scopeOf(metadata);
    // what a handler throws is no rejection
    if (isPromise(scope)) scope.then((late) => process.nextTick(enter, late, begin));
    else enter(scope, begin);
  };
  return delegate(call, {
    start: (listener) => call.start(gatedListener(listener, admit, run)),
    // the handler goes on in the callback, with what it writes next
    sendMessage: (message, callback) => call.sendMessage(message, () => run(callback)),
  });
}
