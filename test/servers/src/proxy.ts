import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort } from './free-port.ts';
import { type Link, openLink, type Weather } from './proxy-link.ts';

/** A TCP proxy on 127.0.0.1 that does to connections what networks do. */
export interface TcpProxy {
  readonly port: number;
  /** How many connections clients have open. */
  readonly connections: number;
  /** How many bytes have been forwarded to clients, over all connections there were. */
  readonly bytesToClient: number;
  /** How many bytes have been forwarded to the server, over all connections there were. */
  readonly bytesToServer: number;
  /** A URL of the server with the host and port of this proxy. */
  through(url: string): string;
  /** Forward nothing more, nor that an end has closed, on open and new connections alike: as if a cable were cut. */
  freeze(): void;
  /** Forward again, first what came in the meantime. */
  thaw(): void;
  /** Forward everything this many ms late, in both directions; 0 for at once. */
  latency(ms: number): void;
  /** Close open connections at both ends, all or those that `filter` chooses, and answer how many. */
  dropAll(filter?: (connection: Link) => boolean): number;
  /** Refuse new connections; open ones go on. */
  refuse(): Promise<void>;
  /** Accept connections again, on the same port. */
  accept(): Promise<void>;
  /** Close everything. May be called again. */
  close(): Promise<void>;
}

/** Settings of `startProxy`. */
export interface ProxyOptions {
  /** The port of 127.0.0.1 to connect clients with. */
  readonly port: number;
}

/** Start a proxy before a server, which need not run yet. */
export async function startProxy({ port: target }: ProxyOptions): Promise<TcpProxy> {
  const port = await freePort();
  const weather: Weather = { latency: 0, frozen: undefined };
  const links = new Set<Link>();
  const past = { toClient: 0, toServer: 0 };
  let thaw = (): void => {};

  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const link = openLink(client, target, weather, () => {
      links.delete(link);
      past.toClient += link.bytesToClient;
      past.toServer += link.bytesToServer;
    });
    links.add(link);
  });

  const sum = (of: (link: Link) => number): number => [...links].reduce((total, link) => total + of(link), 0);

  const proxy: TcpProxy = {
    port,
    get connections() {
      return sum(({ open }) => (open ? 1 : 0));
    },
    get bytesToClient() {
      return past.toClient + sum(({ bytesToClient }) => bytesToClient);
    },
    get bytesToServer() {
      return past.toServer + sum(({ bytesToServer }) => bytesToServer);
    },
    through(url) {
      const { host } = new URL(url);
      return url.replace(new RegExp(`(?<=[/@])${host.replaceAll('.', '\\.')}`), `127.0.0.1:${port}`);
    },
    freeze() {
      weather.frozen ??= new Promise((resolve) => {
        thaw = resolve;
      });
    },
    thaw() {
      weather.frozen = undefined;
      thaw();
    },
    latency(ms) {
      weather.latency = ms;
    },
    dropAll(filter = () => true) {
      const chosen = [...links].filter(filter);
      for (const link of chosen) link.destroy();
      return chosen.length;
    },
    async refuse() {
      if (listener.listening) listener.close();
    },
    async accept() {
      if (listener.listening) return;
      listener.listen({ port, host: '127.0.0.1' });
      await once(listener, 'listening');
    },
    async close() {
      await proxy.refuse();
      proxy.thaw();
      proxy.dropAll();
    },
  };
  await proxy.accept();
  return proxy;
}
