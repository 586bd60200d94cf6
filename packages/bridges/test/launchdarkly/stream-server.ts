import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A flag as LaunchDarkly sends it. */
export interface WireFlag {
  readonly key: string;
  readonly version: number;
  readonly [part: string]: unknown;
}

/** A flag that serves one value to everybody, or is off and leaves it to the caller. */
export function wireFlag(key: string, value: unknown, more: Readonly<Record<string, unknown>> = {}): WireFlag {
  return {
    key,
    version: 1,
    on: true,
    variations: [value],
    fallthrough: { variation: 0 },
    targets: [],
    rules: [],
    prerequisites: [],
    salt: 'salt',
    clientSide: false,
    ...more,
  };
}

/** What to do with who asks for flags: stream them, or what cannot be read; accept and be silent; or answer a status. */
export type Mode = 'serve' | 'garbage' | 'hang' | number;

/** LaunchDarkly's service as its clients see it, on 127.0.0.1: streams, polls and takes events. */
export interface StreamServer {
  readonly url: string;
  mode: Mode;
  /** Requests for flags so far. */
  readonly requests: readonly { readonly key: string | undefined }[];
  /** Events that were sent, in order. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** Never answers those who send events. */
  ignoreEvents: boolean;
  /** The flags, by key; `put` sends them all. */
  readonly flags: Map<string, WireFlag>;
  connections(): number;
  put(): void;
  /** Changes a flag, and sends it. */
  patch(flag: WireFlag): void;
  /** Removes a flag, and says so. */
  remove(key: string): void;
  /** Sends anything. */
  send(event: string, data: string): void;
  /** Cuts every connection; they may come again. */
  cut(): void;
  /** Resets every connection; they may come again. */
  reset(): void;
  /** Goes away, and comes back at the same address. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server on a free port. */
export async function streamServer(flags: readonly WireFlag[] = []): Promise<StreamServer> {
  const byKey = new Map(flags.map((flag) => [flag.key, flag]));
  const streams = new Set<ServerResponse>();
  const sockets = new Set<Socket>();
  const requests: { key: string | undefined }[] = [];
  const events: Record<string, unknown>[] = [];
  let server: Server | undefined;
  let port = 0;

  const all = (): object => ({ flags: Object.fromEntries(byKey), segments: {} });
  const frame = (event: string, data: string): string => `event: ${event}\ndata: ${data}\n\n`;
  const putFrame = (): string => frame('put', JSON.stringify({ path: '/', data: all() }));

  async function takeEvents(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (self.ignoreEvents) return;
    events.push(...[JSON.parse(body) as Record<string, unknown>].flat());
    response.writeHead(202).end();
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'POST') {
      takeEvents(request, response).catch(() => response.destroy());
      return;
    }
    requests.push({ key: request.headers.authorization });
    if (self.mode === 'hang') return;
    if (typeof self.mode === 'number') {
      response.writeHead(self.mode).end();
    } else if (request.url === '/all') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      streams.add(response);
      response.on('close', () => streams.delete(response));
      response.write(self.mode === 'garbage' ? frame('put', '{"path":') : putFrame());
    } else {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(all()));
    }
  }

  const self: StreamServer = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    mode: 'serve',
    requests,
    events,
    ignoreEvents: false,
    flags: byKey,
    connections: () => sockets.size,
    put: () => {
      for (const stream of streams) stream.write(putFrame());
    },
    patch(flag) {
      byKey.set(flag.key, flag);
      self.send('patch', JSON.stringify({ path: `/flags/${flag.key}`, data: flag }));
    },
    remove(key) {
      const version = (byKey.get(key)?.version ?? 0) + 1;
      byKey.delete(key);
      self.send('delete', JSON.stringify({ path: `/flags/${key}`, version }));
    },
    send(event, data) {
      for (const stream of streams) stream.write(frame(event, data));
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async down() {
      const closed = new Promise((resolve) => {
        if (server === undefined) resolve(undefined);
        else server.close(resolve);
      });
      server = undefined;
      self.cut();
      await closed;
    },
    async up() {
      const created = createServer(answer);
      created.on('connection', (socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
      });
      await new Promise<void>((resolve, reject) => {
        created.once('error', reject).listen(port, '127.0.0.1', resolve);
      });
      port = (created.address() as AddressInfo).port;
      server = created;
    },
    close: () => self.down(),
  };
  await self.up();
  return self;
}
