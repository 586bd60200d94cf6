import { UsageError } from '../usage-error.ts';
import type { ServeWorld } from './serve.ts';

const HELP = `Usage: flagctl admin-token --name <name> [options]

Makes a token that may do everything, for whoever has the database and lost all other tokens. Prints it this once.

  --name <name>            of which there is only one, as recovery-2026-11
  --data-dir <folder>      the embedded database (default: flagwright-data); no server may have it open
  --database <url>         a PostgreSQL instead (or FLAGWRIGHT_DATABASE); its servers may run on
  -h, --help
`;

/** Makes an admin's token in a database itself; resolves to the exit code. Throws `UsageError`, and what the database throws. */
export async function adminToken(args: readonly string[], world: ServeWorld): Promise<number> {
  const { parseArgs } = await import('node:util');
  let values: Readonly<Record<string, string | boolean | undefined>>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        name: { type: 'string' },
        'data-dir': { type: 'string' },
        database: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
  if (values.help === true) {
    await world.out(HELP);
    return 0;
  }
  const text = (name: string): string | undefined => values[name] as string | undefined;
  const name = text('name') ?? '';
  if (name.trim() === '') throw new UsageError('--name is missing; expected as --name recovery-2026-11');
  const dataDirectory = text('data-dir');
  const database = text('database') ?? (dataDirectory === undefined ? world.env.FLAGWRIGHT_DATABASE : undefined);
  const { makeAdminToken } = await import('@flagwright/server');
  const token = await makeAdminToken({ database: database === '' ? undefined : database, dataDirectory }, name);
  await world.out(`${token}\n`);
  return 0;
}
