import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from './answers.js';

/** The service that EventsProxy passes requests on to; here, one that knows two events. */
export async function eventsService(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((_request, response) =>
    json(response, 200, { from: 'events service', items: ['shop was created', 'blog was created'] }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
