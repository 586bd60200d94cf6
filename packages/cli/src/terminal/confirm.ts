import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Call } from '../grammar/call.ts';

/**
 * Whether whoever runs it agrees; not asked with `--force`, `--yes` or `--dry-run`. Throws `CommandError` where nobody can
 * be asked: with `--plain`, or without a terminal.
 */
export async function confirmed(call: Call, question: string): Promise<boolean> {
  if (call.has('force') || call.has('yes') || call.has('dry-run')) return true;
  const { world } = call;
  if (call.has('plain') || !world.terminal.in) {
    throw new CommandError(EXIT.usage, `nobody can be asked: ${question}`, [
      'Say --yes to go ahead without a question',
    ]);
  }
  const answer = await world.ask(`${question} [y/N] `);
  return /^\s*y(?:es)?\s*$/i.test(answer ?? '');
}
