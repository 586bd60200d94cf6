import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';

/** Makes an admin's token in a database itself; resolves to the exit code. Throws `UsageError`, and what the database throws. */
export async function adminToken({ world, text }: Call): Promise<number> {
  const name = text('name') ?? '';
  if (name.trim() === '') throw new UsageError('--name is missing; expected as --name recovery-2026-11');
  const dataDirectory = text('data-dir');
  const database = dataDirectory === undefined ? text('database') : undefined;
  const { makeAdminToken } = await import('@flagwright/server');
  const token = await makeAdminToken({ database, dataDirectory }, name);
  await world.out(`${token}\n`);
  return 0;
}
