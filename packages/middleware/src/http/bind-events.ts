import type { AsyncResource } from 'node:async_hooks';

type Method = (...values: unknown[]) => unknown;

/** What emits events, and may be written to: a request, a response, a stream of HTTP/2. */
interface Emitter {
  emit(name: string | symbol, ...values: unknown[]): boolean;
  write?: Method;
  end?: Method;
}

interface Binding {
  resource: AsyncResource;
}

const BINDING: unique symbol = /* @__PURE__ */ Symbol('flagwright.binding');

/**
 * Lets the listeners of an emitter, and the callbacks of what is written to it, run in an async context. Data moves on a
 * socket, which serves many requests, so events come in the context of the socket, or of another request on it; and what
 * reads them, say a parser of bodies, goes on from there. When bound again, the last context counts.
 */
export function bindEvents(emitter: object, resource: AsyncResource): void {
  const bound = emitter as Emitter & { [BINDING]?: Binding };
  const known = bound[BINDING];
  if (known !== undefined) {
    known.resource = resource;
    return;
  }
  const { emit, write, end } = bound;
  if (typeof emit !== 'function') return;
  const binding: Binding = { resource };
  // assigned, not defined: which is half of what a request would cost
  bound[BINDING] = binding;
  bound.emit = (...event) => binding.resource.runInAsyncScope(emit, bound, ...event);
  if (typeof write === 'function') bound.write = withCallback(write, bound, binding);
  if (typeof end === 'function') bound.end = withCallback(end, bound, binding);
}

/** A method whose last argument, but for what is left out after it, may be a callback, which runs in the async context. */
function withCallback(method: Method, bound: Emitter, binding: Binding): Method {
  return (...values) => {
    const last = values.findLastIndex((value) => typeof value === 'function');
    if (last !== -1) {
      const callback = values[last] as Method;
      values[last] = function (this: unknown, ...results: unknown[]) {
        return binding.resource.runInAsyncScope(callback, this, ...results);
      };
    }
    return method.apply(bound, values);
  };
}
