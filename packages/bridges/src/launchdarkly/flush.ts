import type { LDClient } from './client.ts';

/** Waits until a client has sent its events, but no longer than `ms`. */
export async function flushed(client: LDClient, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  // what could not be sent is lost with the client, and the client has said so
  await Promise.race([client.flush().catch(() => undefined), late]);
  clearTimeout(timer);
}
