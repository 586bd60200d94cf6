import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import type { Server, TcpProxy } from '@flagwright/test-servers';
import type { Faults } from './fault.ts';
import { FULL } from './form.ts';

/** Long enough to be noticed in silence, in ms. */
const SILENCE = [2_400, FULL ? 7_000 : 2_700] as const;

/** A server and the proxy before it. */
interface Reached {
  readonly server: Server;
  readonly proxy: TcpProxy;
}

/** What befalls any server, and the way to it. */
export const networkFaults: Faults<Reached> = {
  'kill -9, and started again': ({ server }) => ({
    symptom: 'break',
    away: [200, 2_000],
    strike: () => server.kill(),
    mend: () => server.start(),
  }),
  'SIGSTOP, then SIGCONT': ({ server }) => ({
    symptom: 'silence',
    away: SILENCE,
    strike: () => server.pause(),
    mend: () => server.resume(),
  }),
  'half-open, then thawed': ({ proxy }) => ({
    symptom: 'silence',
    away: SILENCE,
    strike: async () => proxy.freeze(),
    mend: async () => proxy.thaw(),
  }),
  'half-open, then cut': ({ proxy }) => ({
    symptom: 'silence',
    away: SILENCE,
    strike: async () => proxy.freeze(),
    async mend() {
      proxy.dropAll();
      proxy.thaw();
    },
  }),
  'half-open for ever, only new connections work': ({ server, proxy }) => {
    let detour: Detour | undefined;
    return {
      symptom: 'silence',
      away: SILENCE,
      strike: async () => proxy.freeze(),
      async mend() {
        await proxy.refuse();
        detour = await openDetour(proxy.port, server.port);
      },
      async after() {
        await detour?.close();
        proxy.dropAll();
        proxy.thaw();
        await proxy.accept();
      },
    };
  },
  'refused for a while': ({ proxy }) => ({
    symptom: 'break',
    away: [1_600, 2_000],
    async strike() {
      await proxy.refuse();
      proxy.dropAll();
    },
    mend: () => proxy.accept(),
  }),
};

interface Detour {
  close(): Promise<void>;
}

/** Another way to a server, for new connections: by a port that a frozen proxy listens on no longer. */
async function openDetour(port: number, target: number): Promise<Detour> {
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const server = new Socket().connect({ port: target, host: '127.0.0.1' });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one
        .setNoDelay(true)
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
      one.pipe(other);
    }
  });
  listener.listen({ port, host: '127.0.0.1' });
  await once(listener, 'listening');
  return {
    async close() {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
