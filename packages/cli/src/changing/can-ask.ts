import type { Call } from '../grammar/call.ts';

/** Whether there is somebody who can be asked. */
export function canAsk({ world, has }: Pick<Call, 'world' | 'has'>): boolean {
  return world.terminal.in && !has('plain');
}

/** Whether somebody will be asked: there is somebody, and no option says what the answer is. */
export function isAsked(call: Call): boolean {
  return canAsk(call) && !['force', 'yes', 'dry-run'].some((name) => call.has(name));
}
