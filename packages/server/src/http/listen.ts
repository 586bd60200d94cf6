import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FlagError } from '@flagwright/core';
import { nodeHandler } from '@flagwright/sources/http';
import { clientAddress } from './client-address.ts';
import { type EventStreams, eventStreams } from './event-streams.ts';

/** Options of `listen`. */
export interface ListenOptions {
  /** Default: 0, any that is free. */
  readonly port?: number | undefined;
  /** Default: `127.0.0.1`. */
  readonly host?: string | undefined;
  /** The private key and the chain of certificates, as PEM. Default: no TLS. */
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer } | undefined;
  /**
   * How many proxies stand before the server, each of which adds to `X-Forwarded-For` whom it heard: so it is told which
   * client asks. More than there are let clients say they were others. Default: 0, and the header means nothing.
   */
  readonly trustProxy?: number | undefined;
}

/**
 * Answers some requests by itself, before they become a `Request`: true if it does, false if it has not touched one.
 * `address` is where it came from, if that is known.
 */
export type Shortcut = (incoming: IncomingMessage, outgoing: ServerResponse, address: string | undefined) => boolean;

/** A server that listens. */
export interface Listening {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /**
   * Takes no more connections, lets requests under way end for `patience` ms (default: 10,000), then ends event streams,
   * and cuts off what is left. Resolves when all connections are closed; a further call waits for the first.
   */
  close(patience?: number): Promise<void>;
}

/** Bounds of a connection, in ms and bytes. Longer than proxies keep theirs, else they would use one that is closed. */
const LIMITS = {
  headersTimeout: 20_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
} as const;

const MOST_HEADERS = 100;

/** How long event streams may take to end, in ms, once they are told to. */
const STREAM_PATIENCE = 1_000;

/**
 * Serves a handler over HTTP, and tells it where each request came from. Throws `FlagError`: `INVALID_ARGUMENT` for a key
 * or certificate that cannot be used, or a `trustProxy` that makes no sense, `UNAVAILABLE` if the port is taken, or not to be had.
 */
export async function listen(
  handler: (request: Request, address: string | undefined) => Promise<Response>,
  { port = 0, host = '127.0.0.1', tls, trustProxy }: ListenOptions = {},
  shortcut: Shortcut = () => false,
): Promise<Listening> {
  const streams = eventStreams();
  const underWay = responses();
  const addressOf = clientAddress(trustProxy);
  const serve = nodeHandler(async (request, incoming) => streams.watch(await handler(request, addressOf(incoming))));
  let closing: Promise<void> | undefined;
  const server = await made(tls, (incoming, outgoing) => {
    if (closing !== undefined) outgoing.setHeader('connection', 'close');
    underWay.add(outgoing);
    if (!shortcut(incoming, outgoing, addressOf(incoming))) serve(incoming, outgoing);
  });
  server.maxHeadersCount = MOST_HEADERS;
  await started(server, port, host);
  const { port: bound } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${name}:${bound}`,
    port: bound,
    close(patience = 10_000) {
      closing ??= shutDown(server, underWay, streams, patience);
      return closing;
    },
  };
}

async function made(
  tls: ListenOptions['tls'],
  listener: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
): Promise<Server> {
  if (tls === undefined) return (await import('node:http')).createServer(LIMITS, listener);
  const { createServer } = await import('node:https');
  try {
    return createServer({ ...LIMITS, ...tls, minVersion: 'TLSv1.2' }, listener);
  } catch {
    // what was thrown may show the key
    throw new FlagError('INVALID_ARGUMENT', 'the key or the certificate cannot be used; expected both as PEM');
  }
}

function started(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'is taken' : `cannot be listened on (${cause.code ?? cause.message})`;
      reject(new FlagError('UNAVAILABLE', `port ${port} of ${host} ${why}`, { cause }));
    });
    server.listen(port, host, resolve);
  });
}

async function shutDown(server: Server, underWay: Responses, streams: EventStreams, patience: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // of answers that have begun, nobody can be told any more that the connection ends with them
  underWay.tell((outgoing) => {
    if (!outgoing.headersSent) outgoing.setHeader('connection', 'close');
  });
  // an event stream has no end of its own: it is not waited for
  await underWay.settled(patience, (left) => {
    server.closeIdleConnections();
    return left <= streams.size;
  });
  const stuck = underWay.size - streams.size;
  streams.end();
  await underWay.settled(STREAM_PATIENCE, (left) => left <= stuck);
  server.closeAllConnections();
  await closed;
}

/** Responses that have not ended. */
interface Responses {
  readonly size: number;
  add(outgoing: ServerResponse): void;
  tell(what: (outgoing: ServerResponse) => void): void;
  /** Resolves as soon as `enough` says so of how many are left, which is asked when one has ended; at most after `patience` ms. */
  settled(patience: number, enough: (left: number) => boolean): Promise<void>;
}

function responses(): Responses {
  const open = new Set<ServerResponse>();
  let look = (): void => undefined;
  return {
    get size() {
      return open.size;
    },
    add(outgoing) {
      open.add(outgoing);
      outgoing.on('close', () => {
        open.delete(outgoing);
        // when its stream was left too, and its connection is idle
        setImmediate(() => look());
      });
    },
    tell: (what) => open.forEach(what),
    settled(patience, enough) {
      return new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          look = () => undefined;
          resolve();
        };
        const timer = setTimeout(end, patience);
        timer.unref();
        look = () => {
          if (enough(open.size)) end();
        };
        look();
      });
    },
  };
}
