import { AsyncLocalStorage } from 'node:async_hooks';
import { SpanEventHook, SpanHook } from '@openfeature/open-telemetry-hooks';
import { OpenFeature } from '@openfeature/server-sdk';
import { type Context, type ContextManager, context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

// Spans come from OpenFeature's own hooks for OpenTelemetry, beside the hook that counts: on a client of its own, for
// each hook costs every evaluation of its client.

/** One request, traced: its span, which tells of the evaluation, and the span of the evaluation itself. */
export async function traceOneRequest(): Promise<readonly ReadableSpan[]> {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(inAsyncCalls());

  const client = OpenFeature.getClient('traced').addHooks(new SpanHook(), new SpanEventHook());
  await trace.getTracer('app').startActiveSpan('GET /checkout', async (request) => {
    await client.getBooleanValue('new-checkout', false, { targetingKey: 'alice', email: 'alice@example.com' });
    request.end();
  });
  return exporter.getFinishedSpans();
}

/** A span as text: its name, what it says, and the events in it. */
export function spanText({ name, attributes, events }: ReadableSpan): string {
  const said = (of: object | undefined): string => JSON.stringify(of ?? {});
  return [`${name} ${said(attributes)}`, ...events.map((event) => `  ${event.name} ${said(event.attributes)}`)].join(
    '\n',
  );
}

/** Which span is active in asynchronous calls; an application has this of `@opentelemetry/sdk-node`. */
function inAsyncCalls(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, call, self, ...args) =>
      storage.run(active, () => call.apply(self as ThisParameterType<typeof call>, args)),
    bind: (_, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}
