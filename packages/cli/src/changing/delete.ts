import type { Saved } from '@flagwright/server/client';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { inOrder } from '../manifests/order.ts';
import { nounOfKind } from '../nouns/noun.ts';
import { commandLine } from '../output/command-line.ts';
import { outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { tellSaved } from '../output/saved.ts';
import { shellWord } from '../output/shell-word.ts';
import { type Session, sessionOf } from '../session/session.ts';
import { confirmed } from '../terminal/confirm.ts';
import { isAsked } from './can-ask.ts';
import { type Gone, goneTargets, stillRefused } from './delete-cured.ts';
import { withWhatGoesAlong } from './deleted-along.ts';
import { writesOf } from './dry-run.ts';
import { doEach } from './each.ts';
import { fileManifests, refuseSet } from './file-manifests.ts';
import { isRefused, refusalOf, withHints } from './hinted.ts';
import { protectedHints } from './protected-hints.ts';
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
  const flags = new Set(targets.filter(({ kind }) => kind === 'FeatureFlag').map(flagOf));
  const steps = targets.map((target, i) => {
    const isAlone = target.kind === 'FeatureFlagStage' && !flags.has(flagOf(target));
    return { run: () => deleteOne(call, session, { target, position: i, gone, isAlone }) };
  });
  return await doEach(call, steps, 'deleted');
}

const flagOf = ({ project, id }: Target): string => `${project} ${id}`;

function ofArguments(call: Call, session: Session): readonly Target[] {
  refuseSet(call);
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
      `Close it instead: ${commandLine(call, `close ${request.target.id === '' ? '<id>' : shellWord(request.target.id)}`)}`,
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
  const asked = isAsked(call);
  // a yes to what is refused helps nobody; of several, what is refused does not keep the others
  if (asked && only !== undefined && targets.length === 1) await tried(call, session, only);
  // what goes along is of no interest where nobody reads it
  const words = asked
    ? await Promise.all(targets.map((one) => withWhatGoesAlong(session.api, one)))
    : targets.map(inWords);
  if (only !== undefined && targets.length === 1) return await confirmed(call, safe(`Delete ${words[0]}?`));
  if (asked) call.world.err(words.map((line) => `  ${safe(line)}\n`).join(''));
  return await confirmed(call, `Delete these ${targets.length} resources?`);
}

/** Throws what the server would refuse. */
async function tried(call: Call, { api }: Session, target: Target): Promise<void> {
  try {
    await resourcesFor(api, target).delete(target.id, { dryRun: true });
  } catch (thrown) {
    if (!isMissing(thrown, target) || !call.has('ignore-not-found')) throw await hinted(call, target, thrown);
  }
}

interface Deleting {
  readonly target: Target;
  readonly position: number;
  readonly gone: Gone;
  /** Whether it is a stage definition whose flag stays. */
  readonly isAlone: boolean;
}

async function deleteOne(call: Call, session: Session, deleting: Deleting): Promise<void> {
  const { target, position, gone, isAlone } = deleting;
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
    if (!isTried) throw await hinted(call, target, thrown);
    const left = await stillRefused(session.api, target, refusal, gone);
    if (left !== undefined) throw left;
    saved = { ...(await resources.get(target.id)), result: 'deleted', warnings: [] };
  }
  gone.add(target);
  if (position > 0 && outputOf(call) === 'yaml') await call.world.out('---\n');
  await tellSaved(call, saved);
  if (!isAlone || call.has('dry-run')) return;
  const [flag, stage] = [JSON.stringify(target.id), JSON.stringify(target.stage)];
  call.world.err(`${safe(`Feature flag ${flag} falls back to its own definition in stage ${stage}`)}\n`);
}

/** What was thrown; where a stage takes changes by request only, with how to ask for one. */
async function hinted(call: Call, target: Target, thrown: unknown): Promise<unknown> {
  if (!isRefused(thrown, 'PROTECTED')) return thrown;
  const refusal = refusalOf(thrown)!;
  return await withHints(refusal, protectedHints(call, target, undefined, refusal.members.stages));
}

/** Whether it is this that is not there, and not an address that something in front of a server does not know. */
function isMissing(thrown: unknown, { kind }: Target): boolean {
  return isRefused(thrown, 'NOT_FOUND') && refusalOf(thrown)?.members.kind === kind;
}
