import { readFileSync } from 'node:fs';
import type { User } from './run.ts';

/** Whom to run a server as that refuses root: `postgres` or else `nobody` if this is root, otherwise as oneself. */
export function unprivileged(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL and pgbouncer refuse to run as root, and /etc/passwd has no user postgres or nobody');
}
