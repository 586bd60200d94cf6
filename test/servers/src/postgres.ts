import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { guardedFolder } from './guarded-folder.ts';
import { ensure } from './install.ts';
import { run } from './run.ts';
import { type Server, startServer } from './server.ts';
import { unprivileged } from './user.ts';

/** A PostgreSQL of its own, with the superuser `postgres`. */
export interface PostgresServer extends Server {
  /** The password of the user `postgres`. It has characters that a URL must encode. */
  readonly password: string;
  /** The folder of its Unix socket. */
  readonly socketFolder: string;
  /** The URL of a database, with user and password; of the database `postgres` if left out. */
  url(database?: string): string;
  /** Make an empty database and answer its URL. */
  createDatabase(name: string): Promise<string>;
  /** Run statements by the program `psql` and answer what it prints, without headings. Throws on the first error. */
  psql(sql: string, database?: string): Promise<string>;
}

/** Settings of `startPostgres`. */
export interface PostgresOptions {
  /** Settings as in `postgresql.conf`, e.g. `{ fsync: 'off' }`. Beyond the defaults, `max_connections` is 200. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** A free one if left out. */
  readonly port?: number;
}

/** Every kind of character that must be encoded in a URL, and one that a shell would take for something else. */
const PASSWORD = 'hush/hush:p@ss?w#rd 100%&+=[$HOME]';

/** Start a PostgreSQL on 127.0.0.1 with new data. It survives `kill` and `start` with what was committed. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { settings = {}, port = await freePort() } = options;
  const { postgres, initdb, psql } = await ensure('postgres');
  const user = unprivileged();
  const folder = guardedFolder('postgres', user);
  const data = join(folder.path, 'data');
  const passwordFile = join(folder.path, 'password');
  writeFileSync(passwordFile, PASSWORD);
  const first = ['--pgdata', data, '--username', 'postgres', '--pwfile', passwordFile];
  const access = ['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C.UTF-8'];
  try {
    await run(initdb, [...first, ...access, '--no-sync'], { user, cwd: folder.path });
  } catch (error) {
    await folder.remove();
    throw error;
  }

  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder.path,
    max_connections: 200,
    ...settings,
  };
  const server = await startServer({
    name: 'PostgreSQL',
    port,
    folder,
    file: postgres,
    args: [
      '-D',
      data,
      '-p',
      String(port),
      ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    user,
    shutdown: 'SIGINT',
    ready: (pid) => isReady(data, pid),
  });

  const url = (database = 'postgres'): string =>
    `postgres://postgres:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;

  const ask = async (sql: string, database = 'postgres'): Promise<string> => {
    const where = ['--host', '127.0.0.1', '--port', String(port), '--username', 'postgres', '--dbname', database];
    const how = ['--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '--set', 'ON_ERROR_STOP=1', '--file', '-'];
    return (await run(psql, [...where, ...how], { env: { PGPASSWORD: PASSWORD }, input: sql })).replace(/\n$/, '');
  };

  return {
    ...server,
    password: PASSWORD,
    socketFolder: folder.path,
    url,
    psql: ask,
    async createDatabase(name) {
      await ask(`CREATE DATABASE "${name.replaceAll('"', '""')}"`);
      return url(name);
    },
  };
}

/** The last line of the server's own pid file says when it takes commands, which is what `pg_ctl --wait` reads too. */
function isReady(data: string, pid: number): boolean {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}
