import {
  createServer,
  request as httpRequest,
  type RequestListener,
  type RequestOptions,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EvaluationContext, JsonValue, Provider, ResolutionDetails } from '@openfeature/server-sdk';
import { onTestFinished } from 'vitest';

/** A provider that answers by what a flag is asked with: it shows which context an evaluation has. */
export function echo(name = 'echo'): Provider & { readonly tracked: unknown[] } {
  const tracked: unknown[] = [];
  const found = <T>(value: T): Promise<ResolutionDetails<T>> => Promise.resolve({ value, reason: 'STATIC' });
  const missing = <T>(value: T) => ({ value, reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' }) as ResolutionDetails<T>;
  return {
    metadata: { name },
    runsOn: 'server',
    tracked,
    resolveBooleanEvaluation: async (key, fallback, context) =>
      key === 'new-feature' ? found(String(context.targetingKey).startsWith('beta-')) : missing(fallback),
    resolveStringEvaluation: async (key, fallback, context) => {
      if (key === 'who') return found(context.targetingKey ?? 'nobody');
      return key === 'provider' ? found(name) : missing(fallback);
    },
    resolveNumberEvaluation: async (key, fallback, context) =>
      key === 'attributes' ? found(Object.keys(context).length) : missing(fallback),
    resolveObjectEvaluation: async <T extends JsonValue>(key: string, fallback: T, context: EvaluationContext) =>
      key === 'context' ? found({ ...context } as unknown as T) : missing(fallback),
    track: (event, context, details) => void tracked.push([event, { ...context }, details]),
  };
}

/** A server on a free port, which ends with the test. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export const serve = (handler: RequestListener): Promise<string> => listen(createServer(handler));

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Asks by `node:http`, which lets a test choose the socket, and send any header any number of times. */
export function ask(url: string, options: RequestOptions = {}, body?: string | readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
      response.on('error', reject);
    });
    request.on('error', reject);
    for (const part of typeof body === 'string' ? [body] : (body ?? [])) request.write(part);
    request.end();
  });
}

/** The warnings of this project that the process emits while a test runs. */
export function warnings(): readonly string[] {
  const seen: string[] = [];
  const hear = (warning: Error): void => {
    if (warning.name === 'FlagwrightWarning') seen.push(warning.message);
  };
  process.on('warning', hear);
  onTestFinished(() => void process.off('warning', hear));
  return seen;
}

/** A few turns of the event loop, in another order for each. */
export async function dawdle(): Promise<void> {
  const turns = Math.floor(Math.random() * 4);
  for (let n = 0; n < turns; n++) await new Promise((resolve) => setImmediate(resolve));
  if (Math.random() < 0.2) await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
}
