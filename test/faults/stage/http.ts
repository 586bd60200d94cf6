import {
  freePort,
  type RedisServer,
  type Server,
  startProxy,
  startRedis,
  type TcpProxy,
} from '@flagwright/test-servers';
import { type HttpServerCalls, type Manner, TOKEN } from '../crew/http-server.ts';
import type { Backend } from './backend.ts';
import { type Child, startChild } from './child.ts';
import type { Faults } from './fault.ts';
import { asking, definitionsOf, ENTRIES } from './redis.ts';

export interface HttpBackend extends Backend {
  readonly server: Server;
  readonly proxy: TcpProxy;
  /** How the server is to answer. */
  answer(manner: Manner): Promise<void>;
}

/** A server of `storeHandler` over a Redis, behind a proxy. */
export async function startHttpBackend(program: string): Promise<HttpBackend> {
  const redis: RedisServer = await startRedis();
  const port = await freePort();
  const proxy = await startProxy({ port });
  const url = `http://127.0.0.1:${proxy.port}/flags`;
  let child: Child<HttpServerCalls>;
  const server: Server = {
    port,
    async start() {
      child = startChild<HttpServerCalls>(program, 'server');
      await child.call('open', port, redis.url);
    },
    kill: () => child.kill(),
    pause: async () => void process.kill(child.pid, 'SIGSTOP'),
    resume: async () => void process.kill(child.pid, 'SIGCONT'),
    stop: () => child.close(),
  };
  await server.start();
  return {
    name: 'http',
    server,
    proxy,
    spec: (id) => ({ kind: 'http', id, url, token: TOKEN }),
    content: () => asking(redis.url, 5_000, async (client) => definitionsOf(await client.hgetall(ENTRIES))),
    async answers() {
      const headers = { authorization: `Bearer ${TOKEN}`, connection: 'close' };
      const answer = await fetch(url, { headers, signal: AbortSignal.timeout(300) }).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok === true;
    },
    answer: (manner) => child.call('answer', manner),
    silence: async () => proxy.freeze(),
    speak: async () => proxy.thaw(),
    async close() {
      await proxy.close();
      await child.kill();
      await redis.stop();
    },
  };
}

/** A server that answers, but not as it should. Nobody is hinted at that: it is found at the refresh interval. */
export const mannerFaults: Faults<HttpBackend> = {
  '503 with Retry-After: 1': ({ answer }) => ({
    symptom: 'told',
    away: [1_600, 2_000],
    strike: () => answer('unavailable'),
    mend: () => answer('well'),
  }),
  401: ({ answer }) => ({
    symptom: 'told',
    code: 'UNAUTHORIZED',
    away: [1_600, 2_000],
    strike: () => answer('unauthorized'),
    mend: () => answer('well'),
    // whoever was refused, by the last hint and then by the refresh, is slow to ask again: 10 s at most
    freshWithin: 10_500,
  }),
};
