import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { nounOf } from '../nouns/noun.ts';
import { shellWord } from '../output/shell-word.ts';
import { sessionOf } from '../session/session.ts';
import { applyItems } from './apply-items.ts';
import { gathered } from './gather.ts';

/** `flagctl apply`: what files say, or a change request. Resolves to the exit code. */
export async function apply(call: Call): Promise<number> {
  const [word, id] = call.args;
  const files = call.has('filename');
  if (word !== undefined) {
    const noun = nounOf(word);
    if (noun?.kind !== 'ChangeRequest') {
      throw new UsageError(`apply takes files, or a change request; it has ${JSON.stringify(word)}`, [
        'Say -f <file>, or cr <id>',
      ]);
    }
    if (files) {
      throw new UsageError('apply approves a change request, or applies files; it has both', [
        `To approve one: 'flagctl apply cr ${id === undefined ? '<id>' : shellWord(id)}'`,
        "To change one: 'flagctl apply -f <file>'",
      ]);
    }
    if (id === undefined) throw new UsageError('apply cr: which change request? Say its id');
    const { approveRequest } = await import('../requests/approve.ts');
    return await approveRequest(call, id);
  }
  if (!files) throw new UsageError('apply: what? Say -f <file>, or cr <id> for a change request');
  const session = await sessionOf(call);
  const items = await gathered(call, session.settings);
  return await applyItems(call, session.api, items);
}
