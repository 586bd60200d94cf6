import type { Saved } from '@flagwright/server/client';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { inOrder } from '../manifests/order.ts';
import { nounOfKind } from '../nouns/noun.ts';
import { outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { tellSaved } from '../output/saved.ts';
import { shellWord } from '../output/shell-word.ts';
import { type Session, sessionOf } from '../session/session.ts';
import { confirmed } from '../terminal/confirm.ts';
import { canAsk } from './can-ask.ts';
import { type Gone, goneTargets, stillRefused } from './delete-cured.ts';
import { withWhatGoesAlong } from './deleted-along.ts';
import { writesOf } from './dry-run.ts';
import { doEach } from './each.ts';
import { fileManifests } from './file-manifests.ts';
import { isRefused, refusalOf } from './hinted.ts';
import { inWords, resourcesFor, type Target, targetOf } from './target.ts';

/** `flagctl delete`. Resolves to the exit code. */
export async function deleteAll(call: Call): Promise<number> {
  const session = await sessionOf(call);
  const targets = call.has('filename') ? await ofFiles(call, session) : ofArguments(call, session);
  if (!(await agreed(call, session, targets))) {
    call.world.err('Nothing was deleted\n');
    return 1;
  }
  const gone = goneTargets();
  const steps = targets.map((target, i) => ({ run: () => deleteOne(call, session, { target, position: i, gone }) }));
  return await doEach(call, steps, 'deleted');
}

function ofArguments(call: Call, session: Session): readonly Target[] {
  const noun = call.noun!;
  if (call.args.length === 0) throw new UsageError(`which ${noun.one}? Its id is missing`);
  return [...new Set(call.args)].map((id) => targetOf(session, noun, id));
}

/** What others are in goes after these. */
async function ofFiles(call: Call, session: Session): Promise<readonly Target[]> {
  const manifests = await fileManifests(call, session);
  const request = manifests.find(({ kind }) => kind === 'ChangeRequest');
  if (request !== undefined) {
    throw new UsageError(`${request.file} has a change request: these are not deleted`, [
      `Close it instead: flagctl close ${request.target.id === '' ? '<id>' : shellWord(request.target.id)}`,
    ]);
  }
  const nameless = manifests.find(({ target }) => target.id === '');
  if (nameless !== undefined) {
    throw new UsageError(`${nameless.file} has a ${nounOfKind(nameless.kind).one} without an id: which one is it?`);
  }
  return [...inOrder(manifests)].reverse().map(({ target }) => target);
}

/** Whether whoever runs it agrees, told what goes along. Throws `CommandError` where nobody can be asked. */
async function agreed(call: Call, session: Session, targets: readonly Target[]): Promise<boolean> {
  const [only] = targets;
  const asked = canAsk(call) && !['force', 'yes', 'dry-run'].some((name) => call.has(name));
  // what goes along is of no interest where nobody reads it
  const words = asked
    ? await Promise.all(targets.map((one) => withWhatGoesAlong(session.api, one)))
    : targets.map(inWords);
  if (only !== undefined && targets.length === 1) return await confirmed(call, safe(`Delete ${words[0]}?`));
  if (asked) call.world.err(words.map((line) => `  ${safe(line)}\n`).join(''));
  return await confirmed(call, `Delete these ${targets.length} resources?`);
}

interface Deleting {
  readonly target: Target;
  readonly position: number;
  readonly gone: Gone;
}

async function deleteOne(call: Call, session: Session, { target, position, gone }: Deleting): Promise<void> {
  const comment = call.text('comment');
  const options = { ...writesOf(call), ...(comment === undefined ? {} : { comment }) };
  const resources = resourcesFor(session.api, target);
  let saved: Saved<unknown>;
  try {
    saved = await resources.delete(target.id, options);
  } catch (thrown) {
    if (call.has('ignore-not-found') && isMissing(thrown, target)) return;
    const refusal = refusalOf(thrown);
    const isTried = call.has('dry-run') && refusal?.code === 'IN_USE';
    if (!isTried) throw thrown;
    const left = await stillRefused(session.api, target, refusal, gone);
    if (left !== undefined) throw left;
    saved = { ...(await resources.get(target.id)), result: 'deleted', warnings: [] };
  }
  gone.add(target);
  if (position > 0 && outputOf(call) === 'yaml') await call.world.out('---\n');
  await tellSaved(call, saved);
  if (target.kind !== 'FeatureFlagStage' || call.has('dry-run')) return;
  const [flag, stage] = [JSON.stringify(target.id), JSON.stringify(target.stage)];
  call.world.err(`${safe(`Feature flag ${flag} falls back to its own definition in stage ${stage}`)}\n`);
}

/** Whether it is this that is not there, and not an address that something in front of a server does not know. */
function isMissing(thrown: unknown, { kind }: Target): boolean {
  return isRefused(thrown, 'NOT_FOUND') && refusalOf(thrown)?.members.kind === kind;
}
