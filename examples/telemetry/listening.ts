import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on the port that is wanted, else on the usual one, or on a free one if that is taken; answers which. */
export async function listening(server: Server, wanted: number | undefined, usual: number): Promise<number> {
  try {
    await listen(server, wanted ?? usual);
  } catch (error) {
    if (wanted !== undefined || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    await listen(server, 0);
  }
  return (server.address() as AddressInfo).port;
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
