import type { Call } from '../grammar/call.ts';

/** Whether there is somebody who can be asked. */
export function canAsk({ world, has }: Pick<Call, 'world' | 'has'>): boolean {
  return world.terminal.in && !has('plain');
}
