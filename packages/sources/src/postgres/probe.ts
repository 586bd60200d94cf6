import { FlagError } from '@flagwright/core';
import type { Database, PgClient } from './driver.ts';
import { limited } from './limits.ts';

/** Always the same, for a pooler of transactions does not forget what was listened for on its connections. */
const PROBE = 'flagwright_probe';

/** How long a hint may take through a pooler that delivers, in ms. */
const PROBE_WAIT = 2_000;

/**
 * Throws `FlagError('UNSUPPORTED')` if a connection cannot hear. A transaction pooler takes LISTEN and never delivers.
 * Where the server's process is the one the connection was made to, there is no pooler; otherwise a hint is sent from
 * another connection, and must arrive.
 */
export async function proveHearing(
  database: Database,
  client: PgClient & { readonly processID?: unknown },
  ask: (text: string) => Promise<readonly unknown[]>,
  timeout: number,
): Promise<void> {
  const [pid] = await ask('select pg_backend_pid()');
  if (pid === client.processID) return;
  const id = crypto.randomUUID();
  let heard = (_: unknown): void => undefined;
  const arrived = new Promise<void>((resolve) => {
    heard = (notification) => {
      const { channel, payload } = notification as { readonly channel: string; readonly payload?: string | undefined };
      if (channel === PROBE && payload === id) resolve();
    };
  });
  client.on('notification', heard);
  await ask(`listen ${PROBE}`);
  try {
    await database.query('select pg_notify($1, $2)', [PROBE, id], { timeout });
    await limited(arrived, { timeout: Math.min(timeout, PROBE_WAIT) }, 'no hint through the connection pooler').catch(
      () => {
        throw new FlagError(
          'UNSUPPORTED',
          'LISTEN does not work through a pooler that pools transactions. Hint: connect directly, or pool sessions',
        );
      },
    );
  } finally {
    client.off('notification', heard);
    await ask(`unlisten ${PROBE}`).catch(() => undefined);
  }
}
