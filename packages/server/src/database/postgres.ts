import { Socket } from 'node:net';
import { FlagError } from '@flagwright/core';
import type { Pool as PgDriverPool } from 'pg';
import type { Engine, Pool } from './driver.ts';
import { TIMEOUT } from './session.ts';
import { within } from './within.ts';

/** Writers take one connection, hints one each of this server and of its stores; the rest is for readers. */
const CONNECTIONS = 10;

/** A pool of connections to a PostgreSQL, made as they are needed. Throws `FlagError('UNSUPPORTED')` without the driver. */
export async function openPostgres(connectionString: string): Promise<Engine> {
  const DriverPool = await driver();
  const sockets = new Set<Socket>();
  const pool = new DriverPool({
    connectionString,
    max: CONNECTIONS,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: TIMEOUT,
    keepAlive: true,
    application_name: 'flagwright-server',
    stream() {
      const socket = new Socket();
      sockets.add(socket);
      return socket.once('close', () => sockets.delete(socket));
    },
  });
  // a connection that dies in the pool must not end the process; the next statement gets another
  pool.on('error', () => undefined);
  // nor one that dies when the pool has handed it out, and nobody listens yet; its next statement fails of itself
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    name: 'postgres',
    pool: pool as unknown as Pool,
    async end(patience) {
      const ended = pool.end();
      // whoever has a connection is cut off, and gives it back when he notices
      await within(ended, patience, 'not all connections were given back').catch(() => {
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}

async function driver(): Promise<typeof PgDriverPool> {
  try {
    return (await import('pg')).Pool;
  } catch {
    throw new FlagError('UNSUPPORTED', 'PostgreSQL needs the package pg, 8.16 or later. Hint: npm install pg');
  }
}
