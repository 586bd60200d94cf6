import { once } from 'node:events';
import { createServer } from 'node:http';
import { nodeHandler, storeHandler } from '@flagwright/sources/http';
import { redisStore } from '@flagwright/sources/redis';
import { serve } from './calls.ts';
import { HEARTBEAT } from './stores.ts';

// A process that serves flags, which it keeps in a Redis, by HTTP: to be killed.

/** How it answers: as it should, with 503 and Retry-After, or with 401. */
export type Manner = 'well' | 'unavailable' | 'unauthorized';

/** The token that it takes. */
export const TOKEN = 'hush-hush-p@ss';

let manner: Manner = 'well';
let stop = async (): Promise<void> => undefined;

function authorize(request: Request): boolean | Response {
  if (manner === 'unavailable') return new Response(null, { status: 503, headers: { 'retry-after': '1' } });
  return manner === 'well' && request.headers.get('authorization') === `Bearer ${TOKEN}`;
}

const calls = {
  async open(port: number, redisUrl: string): Promise<void> {
    const store = redisStore({ url: redisUrl });
    const server = createServer(nodeHandler(storeHandler(store, { authorize, heartbeat: HEARTBEAT })));
    server.listen({ port, host: '127.0.0.1' });
    await once(server, 'listening');
    stop = async () => {
      server.close();
      server.closeAllConnections();
      await store.close?.();
    };
  },
  answer(how: Manner): void {
    manner = how;
  },
  close: () => stop(),
};

export type HttpServerCalls = typeof calls;

/** Begins to answer. */
export function start(): void {
  serve(calls);
}
