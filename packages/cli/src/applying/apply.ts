import type { Issue } from '@flagwright/core';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { nounOf } from '../nouns/noun.ts';
import { commandLine } from '../output/command-line.ts';
import { shellWord } from '../output/shell-word.ts';
import { sessionOf } from '../session/session.ts';
import { applyItems } from './apply-items.ts';
import { gathered, invalid } from './gather.ts';
import type { Item } from './item.ts';

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
        `To approve one: '${commandLine(call, `apply cr ${id === undefined ? '<id>' : shellWord(id)}`)}'`,
        `To change one: '${commandLine(call, 'apply -f <file>')}'`,
      ]);
    }
    if (id === undefined) throw new UsageError('apply cr: which change request? Say its id');
    const { approveRequest } = await import('../requests/approve.ts');
    return await approveRequest(call, id);
  }
  if (!files) throw new UsageError('apply: what? Say -f <file>, or cr <id> for a change request');
  const session = await sessionOf(call);
  const items = await gathered(call, session.settings);
  refuseNew(items);
  return await applyItems(call, session.api, items);
}

/** Throws `CommandError` for change requests without an id: each run would ask for another one. */
function refuseNew(items: readonly Item[]): void {
  const issues = items
    .filter(({ identity: { kind, id } }) => kind === 'ChangeRequest' && id === undefined)
    .map(({ manifest }): Issue => {
      const place = manifest.locate([]);
      return {
        severity: 'error',
        code: 'missing',
        path: [],
        message: 'the change request has no id, so that each run would ask for another one',
        hint: "to ask for it once: 'flagctl create -f <file>'; to change one, give it the id of that",
        ...(place === undefined ? {} : { place }),
      };
    });
  if (issues.length > 0) throw invalid(issues);
}
