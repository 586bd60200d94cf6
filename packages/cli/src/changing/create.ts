import type { Saved } from '@flagwright/server/client';
import { refuse } from '../applying/gather.ts';
import { whereOf } from '../applying/item.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { circleIssues } from '../manifests/circles.ts';
import { inOrder } from '../manifests/order.ts';
import type { Noun } from '../nouns/noun.ts';
import { commandLine } from '../output/command-line.ts';
import { outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { tellSaved } from '../output/saved.ts';
import { type Session, sessionOf } from '../session/session.ts';
import { writesOf } from './dry-run.ts';
import { doEach } from './each.ts';
import { fileManifests, type Placed, refuseSet, withPlaces } from './file-manifests.ts';
import { isRefused, refusalOf, withHints } from './hinted.ts';
import { specFor } from './new-spec.ts';
import { asArguments, resourcesFor, type Target, targetOf } from './target.ts';
import { tellDifference } from './tell-difference.ts';
import { fromTemplate } from './template.ts';

/** What goes with files; all other options say what files say. */
const WITH_FILES: ReadonlySet<string> = new Set(['filename', 'set', 'project', 'stage', 'comment']);

/** `flagctl create`: of options, of files, or of a template. Resolves to the exit code. */
export async function create(call: Call, options: readonly string[]): Promise<number> {
  const session = await sessionOf(call);
  if (call.has('filename')) {
    const other = options.find((name) => call.has(name) && !WITH_FILES.has(name));
    if (other !== undefined) throw new UsageError(`-f and --${other} are both given: the file says it`);
    const manifests = await fileManifests(call, session);
    refuse(call, circleIssues(manifests));
    let isFirst = true;
    const before = async (): Promise<void> => {
      if (!isFirst && outputOf(call) === 'yaml') await call.world.out('---\n');
      isFirst = false;
    };
    const steps = inOrder(manifests).map((one) => ({
      where: whereOf(one),
      run: () => createManifest(call, session, one, before),
    }));
    return await doEach(call, steps, 'created');
  }
  refuseSet(call);
  if (call.has('template')) return await fromTemplate(call, session);
  const noun = call.noun!;
  await checkId(noun, call.args[0]);
  const spec = await specFor(call, session, noun.kind);
  const target = targetOf(session, noun, call.args[0] ?? '');
  await createOne(call, session, target, { metadata: metadataOf(target), spec });
  return 0;
}

/** Throws `UsageError` for what can be no id of a kind. */
async function checkId({ kind, one }: Noun, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  const { manifestIssues } = await import('@flagwright/server/model');
  const member = kind === 'FeatureFlagStage' ? 'featureFlagId' : 'id';
  const issues = manifestIssues(kind, { metadata: { [member]: id }, spec: {} });
  const [wrong] = issues.filter(({ path, severity }) => severity === 'error' && path[1] === member);
  if (wrong === undefined) return;
  throw new UsageError(`${one} ${JSON.stringify(id)} cannot be: expected ${wrong.expected ?? 'an id'}`);
}

/** By what a manifest says where it belongs; an id that is not there is made of the name. */
function metadataOf({ kind, id, project, stage }: Target): Readonly<Record<string, string>> {
  return {
    ...(id === '' ? {} : { [kind === 'FeatureFlagStage' ? 'featureFlagId' : 'id']: id }),
    ...(project === '' ? {} : { project }),
    ...(stage === '' ? {} : { stage }),
  };
}

/** `before` is called before what came of it is told. */
async function createManifest(call: Call, session: Session, one: Placed, before: () => Promise<void>): Promise<void> {
  try {
    await createOne(call, session, one.target, one.manifest, before);
  } catch (thrown) {
    const refusal = refusalOf(thrown);
    if (refusal === undefined) throw thrown;
    throw Object.assign(refusal, { issues: withPlaces(refusal.issues, one) });
  }
}

async function createOne(
  call: Call,
  session: Session,
  target: Target,
  manifest: Readonly<Record<string, unknown>>,
  before: () => Promise<void> = async () => undefined,
): Promise<void> {
  const comment = call.text('comment');
  const body = { ...manifest, spec: manifest.spec, ...(comment === undefined ? {} : { comment }) };
  let saved: Saved<unknown>;
  try {
    saved = await resourcesFor(session.api, target).create(body as never, writesOf(call));
  } catch (thrown) {
    if (!isRefused(thrown, 'ALREADY_EXISTS')) throw thrown;
    const known = { ...target, id: idIn(refusalOf(thrown)!.message) ?? target.id };
    throw await withHints(refusalOf(thrown)!, [
      `Run '${commandLine(call, 'apply -f <file>')}' to create or change it`,
      `Or '${commandLine(call, `edit ${asArguments(known)}`)}' to change it in an editor`,
    ]);
  }
  await before();
  await tellSaved(call, saved);
  await tellDifference(call, saved, undefined);
  await tellEffect(call, saved);
}

/** The id that the server has made of a name. */
const idIn = (message: string): string | undefined => /^[a-z -]+ "([^"]*)"/.exec(message)?.[1];

/** Whom a change that is asked for would move, for people. */
async function tellEffect(call: Call, { kind, status }: Saved<unknown>): Promise<void> {
  if (kind !== 'ChangeRequest' || status?.effect === undefined) return;
  const { formatEffect } = await import('@flagwright/server/model');
  const lines = formatEffect(status.effect as never).split('\n');
  call.world.err(`If it is applied:\n${lines.map((line) => `  ${safe(line)}\n`).join('')}`);
}
