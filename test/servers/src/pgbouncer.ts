import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { guardedFolder } from './guarded-folder.ts';
import { ensure } from './install.ts';
import type { PostgresServer } from './postgres.ts';
import { type Server, startServer } from './server.ts';
import { unprivileged } from './user.ts';

/** A pgbouncer of its own before a PostgreSQL. */
export interface Pgbouncer extends Server {
  /** The URL of a database by way of this pgbouncer; of the database `postgres` if left out. */
  url(database?: string): string;
}

/** Settings of `startPgbouncer`. */
export interface PgbouncerOptions {
  /** When a connection to PostgreSQL goes to another client: after each transaction, or when its client leaves. */
  readonly mode: 'transaction' | 'session';
  /** How many connections to PostgreSQL there are for each database; 20 if left out. */
  readonly poolSize?: number;
}

/** Start a pgbouncer on 127.0.0.1 that leads to every database of `postgres`, for the same user and password. */
export async function startPgbouncer(postgres: PostgresServer, options: PgbouncerOptions): Promise<Pgbouncer> {
  const { mode, poolSize = 20 } = options;
  const { pgbouncer } = await ensure('pgbouncer');
  const user = unprivileged();
  const port = await freePort();
  const folder = guardedFolder('pgbouncer', user);
  const users = join(folder.path, 'users');
  const configuration = join(folder.path, 'pgbouncer.ini');
  writeFileSync(users, `"postgres" "${postgres.password}"\n`);
  writeFileSync(
    configuration,
    `
[databases]
* = host=127.0.0.1 port=${postgres.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = ${mode}
default_pool_size = ${poolSize}
max_client_conn = 1000
ignore_startup_parameters = extra_float_digits
`,
  );
  const server = await startServer({
    name: 'pgbouncer',
    port,
    folder,
    file: pgbouncer,
    args: [configuration],
    user,
    shutdown: 'SIGTERM',
    ready: () => connects(port),
  });
  return { ...server, url: (database) => postgres.url(database).replace(`:${postgres.port}/`, `:${port}/`) };
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
