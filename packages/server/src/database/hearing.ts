import { randomUUID } from 'node:crypto';
import type { Pool } from './driver.ts';
import { CHANNEL } from './locks.ts';
import { openSession, type Session } from './session.ts';

/** How long a hint may take through a pooler that delivers, in ms. */
const WITHIN = 5_000;

/**
 * Whether a session that listens hears. A pooler of transactions takes LISTEN and never delivers. Where the process that
 * answers is the one the connection was made to, there is no pooler; else a hint is sent from another connection, for one
 * from the same could come back with the answer. True also if that cannot be found out now.
 */
export async function hears(pool: Pool, listening: Session): Promise<boolean> {
  const { processID } = listening.client as { readonly processID?: unknown };
  // the embedded database has no processes
  if (typeof processID !== 'number') return true;
  try {
    const [row] = await listening.query('select pg_backend_pid() as pid', [], WITHIN);
    if (row?.pid === processID) return true;
    return await heard(listening, await openSession(pool, WITHIN));
  } catch {
    return true;
  }
}

async function heard({ client }: Session, other: Session): Promise<boolean> {
  const payload = `probe ${randomUUID()}`;
  let came: (did: boolean) => void = () => undefined;
  const coming = new Promise<boolean>((resolve) => {
    came = resolve;
  });
  const listener = (notification: unknown): void => {
    if ((notification as { readonly payload?: unknown }).payload === payload) came(true);
  };
  client.on('notification', listener);
  let timer: NodeJS.Timeout | undefined;
  try {
    await other.query('select pg_notify($1, $2)', [CHANNEL, payload], WITHIN).finally(() => other.end());
    timer = setTimeout(() => came(false), WITHIN);
    timer.unref();
    return await coming;
  } finally {
    clearTimeout(timer);
    client.off('notification', listener);
  }
}
