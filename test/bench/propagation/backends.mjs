import { openStore } from './stores.mjs';
import { startWorker } from './worker.mjs';

/**
 * Real servers, new for each measurement: `where` is the store for readers, `origin` the one that flags are loaded into,
 * `port` what to put a proxy before.
 */
const BACKENDS = {
  /** As it comes: every commit is on disk before it is answered. */
  async postgres({ startPostgres, migrate }) {
    const server = await startPostgres();
    const where = { kind: 'postgres', url: server.url() };
    try {
      await migrate({ connectionString: where.url });
    } catch (error) {
      await server.stop();
      throw error;
    }
    return { where, origin: where, port: server.port, stop: () => server.stop() };
  },
  async redis({ startRedis }) {
    const server = await startRedis({ durable: true });
    const where = { kind: 'redis', url: server.url };
    return { where, origin: where, port: server.port, stop: () => server.stop() };
  },
  /** A server of flags in a process of its own, before PostgreSQL. */
  async http(tools) {
    const { where: origin, stop } = await BACKENDS.postgres(tools);
    const server = startWorker('http-server');
    const stopAll = async () => {
      await server.stop();
      await stop();
    };
    try {
      const port = await server.ask('listen', origin);
      return { where: { kind: 'http', url: `http://127.0.0.1:${port}` }, origin, port, stop: stopAll };
    } catch (error) {
      await stopAll();
      throw error;
    }
  },
};

export async function startBackend(name) {
  const [servers, { migrate }] = await Promise.all([
    import('@flagwright/test-servers'),
    import('@flagwright/sources/postgres'),
  ]);
  return BACKENDS[name]({ ...servers, migrate });
}

/** As many edits as a commit may well have: 8 MB over HTTP, 300,000 in Redis. */
const CHUNK = 10_000;

/** Loads flags into a backend. */
export async function fill({ origin }, edits, stage) {
  const store = await openStore({ ...origin, stage });
  try {
    for (let from = 0; from < edits.length; from += CHUNK) await store.commit(edits.slice(from, from + CHUNK));
  } finally {
    await store.close();
  }
}
