import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { onTestFinished } from 'vitest';
import type { Numbered } from './support.ts';

/** A request as a receiver of events gets it. */
export interface Received {
  readonly request: IncomingMessage;
  /** Unpacked. */
  readonly body: string;
  readonly events: readonly Numbered[];
}

/** A real server that keeps what it receives. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** How many connections there have been. */
  connections(): number;
}

/** How a server answers the request with a number, from 0. */
export type Answer = (response: ServerResponse, received: Received, n: number) => void;

/** A server on 127.0.0.1, gone when the test is. */
export async function receiver(answer: Answer): Promise<Receiver> {
  const received: Received[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    try {
      const packed = request.headers['content-encoding'] === 'gzip';
      const body = await text(packed ? request.pipe(createGunzip()) : request);
      const one = { request, body, events: JSON.parse(body).events };
      received.push(one);
      answer(response, one, received.length - 1);
    } catch {
      response.destroy();
    }
  });
  server.on('connection', () => {
    connections++;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/events?token=s3cret`, received, connections: () => connections };
}

/** Answers with a status and nothing else. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => response.writeHead(code, headers).end();
}
