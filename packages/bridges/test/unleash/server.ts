import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A flag as the API of Unleash sends it. */
export interface Feature {
  readonly name: string;
  readonly enabled?: boolean;
  readonly [field: string]: unknown;
}

/** How the server behaves to those who ask for flags. */
export type Mood =
  | 'good'
  /** Answers once it is good again. */
  | 'hang'
  | 'not-json'
  | 'no-flags'
  /** Refuses the token, after 300 ms. */
  | 'refuse-late'
  /** Refuses connections. */
  | 'away'
  /** Answers with this status. */
  | number;

/** What came in. */
export interface Metrics {
  readonly bucket: {
    readonly toggles: Readonly<
      Record<string, { readonly yes: number; readonly no: number; readonly variants: Readonly<Record<string, number>> }>
    >;
  };
}

/** A server that speaks the client API of Unleash, on 127.0.0.1. */
export interface UnleashServer {
  readonly url: string;
  readonly metrics: readonly Metrics[];
  readonly registrations: readonly Readonly<Record<string, unknown>>[];
  /** How often flags were asked for, and the headers of the last time. */
  readonly asked: number;
  readonly headers: IncomingMessage['headers'];
  /** How often the answer was 304. */
  readonly unchanged: number;
  set(features: readonly unknown[], segments?: readonly unknown[]): void;
  /** Sends this to whoever follows the stream, or will; there is no stream before. */
  stream(text: string): void;
  turn(mood: Mood): Promise<void>;
  /** How metrics and registrations are answered: a status, or not at all. */
  metricsMood: 'good' | 'hang' | number;
  close(): Promise<void>;
}

/** Starts one. */
export async function startServer(
  features: readonly unknown[] = [],
  segments: readonly unknown[] = [],
): Promise<UnleashServer> {
  let mood: Mood = 'good';
  let body = bodyOf(features, segments);
  let [asked, unchanged] = [0, 0];
  /** The flags that the deltas told so far. */
  let known: readonly string[] = [];
  let headers: IncomingMessage['headers'] = {};
  const metrics: Metrics[] = [];
  const registrations: Record<string, unknown>[] = [];
  let held: (() => void)[] = [];
  let streamed = '';
  const streams: ServerResponse[] = [];

  function send(response: ServerResponse, status: number, text = '', etag?: string): void {
    response.writeHead(status, { 'content-type': 'application/json', ...(etag === undefined ? {} : { etag }) });
    response.end(text);
  }

  function answerFlags(request: IncomingMessage, response: ServerResponse, delta: boolean): void {
    asked++;
    headers = request.headers;
    const etag = `"${createHash('sha256').update(body).digest('hex')}"`;
    if (mood === 'hang') {
      held.push(() => answerFlags(request, response, delta));
      return;
    }
    if (mood === 'refuse-late') {
      setTimeout(() => send(response, 401), 300);
    } else if (typeof mood === 'number') {
      send(response, mood, '{}');
    } else if (mood === 'not-json') {
      send(response, 200, '<html>', '"x"');
    } else if (mood === 'no-flags') {
      // the same answer again is a 304
      const known = request.headers['if-none-match'] === '"none"';
      send(response, known ? 304 : 200, known ? '' : '{"secret":"content"}', '"none"');
    } else if (request.headers['if-none-match'] === etag) {
      unchanged++;
      send(response, 304, '', etag);
    } else {
      send(response, 200, delta ? deltaOf() : body, etag);
    }
  }

  function deltaOf(): string {
    const { features, segments } = JSON.parse(body) as { features: Feature[]; segments: unknown[] };
    const gone = known.filter((name) => !features.some((feature) => feature.name === name));
    const first = known.length === 0;
    known = features.map(({ name }) => name);
    const updates = features.map((feature) => ({ type: 'feature-updated', eventId: 2, feature }));
    const removals = gone.map((featureName) => ({ type: 'feature-removed', eventId: 2, featureName }));
    const events = first ? [{ type: 'hydration', eventId: 1, features, segments }] : [...updates, ...removals];
    return JSON.stringify({ events });
  }

  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const path = request.url?.split('?')[0];
      if (path === '/api/client/features' || path === '/api/client/delta') {
        answerFlags(request, response, path.endsWith('delta'));
        return;
      }
      if (path === '/api/client/streaming' && streamed !== '') {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(streamed);
        streams.push(response);
        return;
      }
      if (path === '/api/refuse-late') {
        mood = 'refuse-late';
        send(response, 200);
        return;
      }
      const kept: unknown[] = path === '/api/client/register' ? registrations : metrics;
      if (instance.metricsMood === 'hang') return;
      if (instance.metricsMood === 'good') kept.push(JSON.parse(text));
      send(response, instance.metricsMood === 'good' ? 202 : instance.metricsMood, '{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  async function shut(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  const instance: UnleashServer = {
    url: `http://127.0.0.1:${port}/api`,
    metrics,
    registrations,
    get asked() {
      return asked;
    },
    get headers() {
      return headers;
    },
    get unchanged() {
      return unchanged;
    },
    metricsMood: 'good',
    set(features, segments = []) {
      body = bodyOf(features, segments);
    },
    stream(text) {
      streamed = `event: unleash-connected\ndata: ${text}\n\n`;
      for (const response of streams) response.write(streamed);
    },
    async turn(next) {
      mood = next;
      const waiting = held;
      held = [];
      if (next === 'away') {
        await shut();
      } else if (!server.listening) {
        server.listen(port, '127.0.0.1');
        await once(server, 'listening');
      }
      for (const answer of waiting) answer();
    },
    close: shut,
  };
  return instance;
}

function bodyOf(features: readonly unknown[], segments: readonly unknown[]): string {
  return JSON.stringify({ version: 2, features: features.map(complete), segments });
}

/** What is usual, where a test does not say. */
function complete(feature: unknown): unknown {
  if (typeof feature !== 'object' || feature === null) return feature;
  const always = [{ name: 'default', parameters: {}, constraints: [] }];
  return { enabled: true, project: 'shop', strategies: always, ...feature };
}
