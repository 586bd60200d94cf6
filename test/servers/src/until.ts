import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Ask again and again, every 10 ms, until the answer is something other than undefined or false, and answer that.
 * Throws after `timeout` ms (30,000 if left out) and names what was waited for; what `ask` throws ends it at once.
 */
export async function until<T>(
  what: string | (() => string),
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  timeout = 30_000,
): Promise<T> {
  const end = performance.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) {
      throw new Error(`Waited ${timeout} ms in vain until ${typeof what === 'string' ? what : what()}`);
    }
    await sleep(10);
  }
}
