import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Which programs each kind of server needs, and the Debian package that brings them; shells are no servers, but got alike. */
const KINDS = {
  postgres: { programs: ['postgres', 'initdb', 'psql'], debian: 'postgresql' },
  redis: { programs: ['redis-server', 'redis-cli'], debian: 'redis-server' },
  pgbouncer: { programs: ['pgbouncer'], debian: 'pgbouncer' },
  kafka: { programs: ['kcat'], debian: 'kcat' },
  prometheus: { programs: ['prometheus', 'promtool'], debian: 'prometheus' },
  zsh: { programs: ['zsh'], debian: 'zsh' },
  fish: { programs: ['fish'], debian: 'fish' },
} as const;

/** A kind of server, or a shell. A Redis Sentinel is a `redis-server --sentinel`, so it needs nothing more than Redis. */
export type ServerKind = keyof typeof KINDS;

/** The paths of the programs one kind of server needs, by name. */
export type Programs<Kind extends ServerKind> = Readonly<Record<(typeof KINDS)[Kind]['programs'][number], string>>;

/** Where Debian keeps what only root should start by name, and the servers of PostgreSQL. */
const FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
const POSTGRES_VERSIONS = '/usr/lib/postgresql';

/** The programs for a kind of server as they are on this machine; undefined if one is missing. */
export function findPrograms<Kind extends ServerKind>(kind: Kind): Programs<Kind> | undefined {
  const { programs } = KINDS[kind];
  for (const folders of [searchPath(), ...(kind === 'postgres' ? postgresFolders() : [])]) {
    const found = programs.map((name) => [name, findIn(folders, name)] as const);
    if (found.every(([, path]) => path !== undefined)) return Object.fromEntries(found) as Programs<Kind>;
  }
  return undefined;
}

/** The Debian package that brings the programs of a kind of server. */
export function debianPackage(kind: ServerKind): string {
  return KINDS[kind].debian;
}

/** The names of the programs a kind of server needs. */
export function programNames(kind: ServerKind): readonly string[] {
  return KINDS[kind].programs;
}

/** One list of folders per installed version, the newest first: programs of two versions are never mixed. */
function postgresFolders(): readonly (readonly string[])[] {
  const names = existsSync(POSTGRES_VERSIONS) ? readdirSync(POSTGRES_VERSIONS) : [];
  return names
    .map(Number)
    .filter((version) => version > 0)
    .sort((a, b) => b - a)
    .map((version) => [join(POSTGRES_VERSIONS, String(version), 'bin')]);
}

function searchPath(): readonly string[] {
  return [...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''), ...FOLDERS];
}

function findIn(folders: readonly string[], name: string): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
