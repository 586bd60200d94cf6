import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** What the cluster bus of Redis adds to the port of a node. */
const BUS = 10_000;

/** Handed out by this process already. A server may be down for a while and come back on its port. */
const taken = new Set<number>();

/** Settings of `freePort`. */
export interface FreePortOptions {
  /** Whether the port 10,000 above must be free too, for the cluster bus of Redis. */
  readonly bus?: boolean;
}

/**
 * A port of 127.0.0.1 that nobody uses, never the same twice. It lies below the range from which the system takes the
 * ports of outgoing connections: one of those could sit on the port of a server that is down, even a client that,
 * trying to reach that server, is connected to itself. Ports are drawn at random, so that two processes hardly meet.
 */
export async function freePort({ bus = false }: FreePortOptions = {}): Promise<number> {
  const { low, high } = range();
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const port = low + Math.floor(Math.random() * (high - low));
    if (taken.has(port) || !(await isFree(port)) || (bus && !(await isFree(port + BUS)))) continue;
    taken.add(port);
    return port;
  }
  throw new Error(`Found no free port between ${low} and ${high} on 127.0.0.1: end some of the servers there`);
}

function range(): { readonly low: number; readonly high: number } {
  const low = 10_000;
  const outgoing = firstOutgoing();
  // Where outgoing connections may have nearly every port, there is no better place.
  return { low, high: outgoing - low < 2_000 ? 40_000 : Math.min(outgoing, 40_000) };
}

/** The lowest port of outgoing connections; where no file tells, that of Linux, which is below that of others. */
function firstOutgoing(): number {
  const file = '/proc/sys/net/ipv4/ip_local_port_range';
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split(/\s/, 1)[0]) : 32_768;
}

/** Whether nobody listens on a port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
