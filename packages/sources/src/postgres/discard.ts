import { connect } from 'node:net';
import type { PgClient } from './driver.ts';

/** How long a server may take to see a connection off, in ms; its silence is not waited for any longer. */
export const FAREWELL = 1_000;

/** `CancelRequest` in the protocol of PostgreSQL. */
const CANCEL_REQUEST = 80_877_102;

/** What a client of node-postgres has besides, in as far as it has it. */
interface Reachable extends PgClient {
  readonly connection?: { readonly stream?: { destroy(): unknown } | undefined } | undefined;
  readonly host?: unknown;
  readonly port?: unknown;
  readonly processID?: unknown;
  readonly secretKey?: unknown;
}

/** Takes a connection out of its pool and closes it; its socket is gone after `FAREWELL` whatever the server does. */
export function discard(client: Reachable): void {
  const socket = client.connection?.stream;
  const timer = setTimeout(() => socket?.destroy(), FAREWELL);
  timer.unref();
  client.on('end', () => clearTimeout(timer));
  client.release(true);
}

/**
 * Discards a connection with a statement under way, and has the server stop it first: one that waits for a lock does not
 * notice that nobody waits for its answer, and would stay there as long as the lock.
 */
export async function abandon(client: Reachable): Promise<void> {
  await cancel(client);
  discard(client);
}

/**
 * Sends a cancel request, and resolves once it is done or given up. A pooler hands it on. It travels in plain text, as
 * that of libpq before version 17: it is good for nothing but this connection, which is closed.
 */
function cancel({ host, port, processID, secretKey }: Reachable): Promise<void> {
  return new Promise((resolve) => {
    if (typeof host !== 'string' || typeof processID !== 'number' || typeof secretKey !== 'number') return resolve();
    const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(Number(port), host);
    socket.setTimeout(FAREWELL, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
    const request = Buffer.alloc(16);
    request.writeInt32BE(request.length, 0);
    request.writeInt32BE(CANCEL_REQUEST, 4);
    request.writeInt32BE(processID, 8);
    request.writeInt32BE(secretKey, 12);
    socket.write(request);
  });
}
