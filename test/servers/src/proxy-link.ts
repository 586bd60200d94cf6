import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the network does to everything on its way, at this moment. */
export interface Weather {
  /** By how many ms everything is late. */
  latency: number;
  /** Pending while nothing moves; undefined otherwise. */
  frozen: Promise<void> | undefined;
}

/** One client's connection through a proxy. */
export interface Link {
  /** Whether the client has neither closed it nor been cut off. */
  readonly open: boolean;
  readonly bytesToClient: number;
  readonly bytesToServer: number;
  /** Close both of its ends now. */
  destroy(): void;
}

/** Bytes that may be on their way in one direction before their sender is made to wait. */
const LIMIT = 1 << 20;

/** Connect `client` with a port of 127.0.0.1 and forward in both directions. `closed` is called when all is over. */
export function openLink(client: Socket, port: number, weather: Weather, closed: () => void): Link {
  const server = new Socket({ allowHalfOpen: true }).setNoDelay(true);
  const bytes = { toClient: 0, toServer: 0 };
  let ends = 2;
  for (const socket of [client, server]) {
    // What broke is seen by the other end as a close.
    socket.on('error', () => {});
    socket.on('close', () => {
      ends -= 1;
      if (ends === 0) closed();
    });
  }
  forward(client, server, weather, (count) => {
    bytes.toServer += count;
  });
  forward(server, client, weather, (count) => {
    bytes.toClient += count;
  });
  void moving(weather).then(() => server.destroyed || server.connect({ port, host: '127.0.0.1' }));

  return {
    get open() {
      return !client.destroyed && !client.readableEnded;
    },
    get bytesToClient() {
      return bytes.toClient;
    },
    get bytesToServer() {
      return bytes.toServer;
    },
    destroy() {
      client.destroy();
      server.destroy();
    },
  };
}

/** Do to `to` what happens to `from`, in the same order: bytes, the end, the close. */
function forward(from: Socket, to: Socket, weather: Weather, count: (bytes: number) => void): void {
  let last: Promise<unknown> = Promise.resolve();
  let underWay = 0;

  /** Things pass one after another, but the time on their way runs for all at once. */
  function pass(act: () => void): void {
    const arrival = weather.latency > 0 ? sleep(weather.latency, undefined, { ref: false }) : undefined;
    last = Promise.all([last, arrival])
      .then(() => moving(weather))
      .then(() => to.destroyed || act());
  }

  from.on('data', (chunk: Buffer) => {
    underWay += chunk.length;
    if (underWay > LIMIT) from.pause();
    pass(() => {
      count(chunk.length);
      to.write(chunk, () => {
        underWay -= chunk.length;
        if (underWay <= LIMIT) from.resume();
      });
    });
  });
  from.on('end', () => pass(() => to.end()));
  from.on('close', () => pass(() => to.destroySoon()));
}

async function moving(weather: Weather): Promise<void> {
  while (weather.frozen !== undefined) await weather.frozen;
}
