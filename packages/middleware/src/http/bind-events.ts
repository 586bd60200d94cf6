import type { AsyncResource } from 'node:async_hooks';

/** What emits events, and may be written to: a request, a response. */
interface Emitter {
  emit(name: string | symbol, ...values: unknown[]): boolean;
  write?(...values: unknown[]): boolean;
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
  const { emit, write } = bound;
  if (typeof emit !== 'function') return;
  const binding: Binding = { resource };
  // assigned, not defined: which is half of what a request would cost
  bound[BINDING] = binding;
  bound.emit = (...event) => binding.resource.runInAsyncScope(emit, bound, ...event);
  if (typeof write !== 'function') return;
  bound.write = (...values) => {
    const callback = values.at(-1);
    if (typeof callback === 'function') {
      values[values.length - 1] = (...results: unknown[]) =>
        binding.resource.runInAsyncScope(callback as () => void, undefined, ...(results as []));
    }
    return write.apply(bound, values);
  };
}
