import { issueToken } from '../access/token-writes.ts';
import { openDatabase } from '../database/open.ts';
import { SYSTEM } from './first-stages.ts';
import type { ServerOptions } from './options.ts';

/**
 * Makes a token that may do everything, for whoever has the database and lost all others; resolves to its text. It is in
 * the history. Servers of a PostgreSQL may run on; the embedded database must not be open.
 *
 * Throws `Problem('ALREADY_EXISTS')` for a name that is taken, `FlagError('NOT_FOUND')` where there is no control plane, and `FlagError` as `openDatabase` does.
 */
export async function makeAdminToken(
  { database: connectionString, dataDirectory }: Pick<ServerOptions, 'database' | 'dataDirectory'>,
  name: string,
): Promise<string> {
  const where =
    connectionString === undefined ? { dataDirectory: dataDirectory ?? 'flagwright-data' } : { connectionString };
  // a mistyped place must not become a control plane of which somebody has a token
  const database = await openDatabase({ ...where, existing: true });
  try {
    const grant = { role: 'admin', projects: undefined, stages: undefined } as const;
    const by = { subject: SYSTEM, token: undefined, request: 'admin-token' };
    return (await database.write((transaction) => issueToken(transaction, { ...grant, name }, by))).text;
  } finally {
    await database.close();
  }
}
