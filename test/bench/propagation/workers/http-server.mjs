import { once } from 'node:events';
import { createServer } from 'node:http';
import { openStore } from '../stores.mjs';
import { answer } from './answer.mjs';

/** Serves the sets of a backend over HTTP, each under the name of its stage. */
answer({
  async listen(where) {
    const { nodeHandler, storeHandler } = await import('@flagwright/sources/http');
    const handlers = new Map();
    const server = createServer(
      nodeHandler(async (request) => {
        const stage = new URL(request.url).pathname.slice(1);
        if (!handlers.has(stage)) handlers.set(stage, openStore({ ...where, stage }).then(storeHandler));
        return (await handlers.get(stage))(request);
      }),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server.address().port;
  },
});
