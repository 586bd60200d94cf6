import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An event that came. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  readonly body: any;
}

/** What a receiver does with an event; by default it answers 204. */
export type Behaviour = (event: Received, answer: ServerResponse) => unknown;

/** A receiver of webhooks, over real connections. */
export interface Receiver {
  readonly port: number;
  readonly url: string;
  /** All that came, taken or not. */
  readonly events: Received[];
  behave(behaviour: Behaviour): void;
  /** Cuts all connections off, and listens no more. */
  stop(): Promise<void>;
  /** Listens again, at the same port. */
  start(): Promise<void>;
}

const TAKEN: Behaviour = (_, answer) => answer.writeHead(204).end();

export async function startReceiver(): Promise<Receiver> {
  const events: Received[] = [];
  let behaviour = TAKEN;
  let server: Server | undefined;
  let port = 0;
  const start = async (): Promise<void> => {
    const own = createServer(async (request, answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const event = { path: request.url ?? '', headers: request.headers, text, body: JSON.parse(text) };
      events.push(event);
      behaviour(event, answer);
    });
    await new Promise<void>((resolve) => own.listen(port, '127.0.0.1', resolve));
    ({ port } = own.address() as AddressInfo);
    server = own;
  };
  await start();
  return {
    get port() {
      return port;
    },
    get url() {
      return `http://127.0.0.1:${port}/hook`;
    },
    events,
    behave(next) {
      behaviour = next;
    },
    start,
    async stop() {
      const own = server;
      server = undefined;
      if (own === undefined) return;
      const closed = new Promise((resolve) => own.close(resolve));
      own.closeAllConnections();
      await closed;
    },
  };
}

/** Whether an event is signed with a secret, by the text of the specification. */
export function isSigned({ headers, text }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const content = [headers['webhook-id'], headers['webhook-timestamp'], text].join('.');
  const expected = createHmac('sha256', key).update(content).digest('base64');
  const sent = String(headers['webhook-signature']).split(' ');
  const seconds = Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1_000);
  return sent.includes(`v1,${expected}`) && seconds < 300;
}
