import type { Call } from '../grammar/call.ts';
import { BASH } from './bash.ts';
import { FISH } from './fish.ts';
import { ZSH } from './zsh.ts';

/** The completion of each shell. */
export const SCRIPTS: Readonly<Record<'bash' | 'zsh' | 'fish', string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** `completion`. */
export async function completion({ world, args }: Call): Promise<number> {
  await world.out(SCRIPTS[args[0] as keyof typeof SCRIPTS]);
  return 0;
}
