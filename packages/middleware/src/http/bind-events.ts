import type { AsyncResource } from 'node:async_hooks';

/** What emits events: a request, a response. */
interface Emitter {
  emit(name: string | symbol, ...values: unknown[]): boolean;
}

interface Binding {
  resource: AsyncResource;
}

const BINDING: unique symbol = /* @__PURE__ */ Symbol('flagwright.binding');

/**
 * Lets the listeners of an emitter run in an async context. Data arrives on a socket, which serves many requests, so its
 * events come in the context of the socket; and what reads them, say a parser of bodies, goes on from there. When bound
 * again, the last context counts.
 */
export function bindEvents(emitter: object, resource: AsyncResource): void {
  const bound = emitter as Emitter & { [BINDING]?: Binding };
  const known = bound[BINDING];
  if (known !== undefined) {
    known.resource = resource;
    return;
  }
  const { emit } = bound;
  if (typeof emit !== 'function') return;
  const binding: Binding = { resource };
  Object.defineProperty(bound, BINDING, { value: binding });
  Object.defineProperty(bound, 'emit', {
    configurable: true,
    writable: true,
    value: (...event: Parameters<Emitter['emit']>) => binding.resource.runInAsyncScope(emit, bound, ...event),
  });
}
