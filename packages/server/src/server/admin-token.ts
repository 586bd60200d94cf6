import { issueToken } from '../access/token-writes.ts';
import { openDatabase } from '../database/open.ts';
import { SYSTEM } from './first-stages.ts';
import type { ServerOptions } from './options.ts';

/**
 * Makes a token that may do everything, for whoever has the database and lost all others; resolves to its text. It is in
 * the history. Servers of a PostgreSQL may run on; the embedded database must not be open.
 *
 * Throws `Problem('ALREADY_EXISTS')` for a name that is taken, and `FlagError` as `openDatabase` does.
 */
export async function makeAdminToken(
  { database: connectionString, dataDirectory }: Pick<ServerOptions, 'database' | 'dataDirectory'>,
  name: string,
): Promise<string> {
  const database = await openDatabase(
    connectionString === undefined ? { dataDirectory: dataDirectory ?? 'flagwright-data' } : { connectionString },
  );
  try {
    const grant = { role: 'admin', projects: undefined, stages: undefined } as const;
    const by = { subject: SYSTEM, token: undefined, request: 'admin-token' };
    return (await database.write((transaction) => issueToken(transaction, { ...grant, name }, by))).text;
  } finally {
    await database.close();
  }
}
