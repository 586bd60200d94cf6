import { isRecord } from '@flagwright/core';
import type { Saved } from '@flagwright/server/client';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import type { Kind } from '../nouns/noun.ts';
import { tellSaved } from '../output/saved.ts';
import { styleOf } from '../output/style.ts';
import { type Session, sessionOf } from '../session/session.ts';
import { decisionsOf } from './decisions.ts';
import { writesOf } from './dry-run.ts';
import { givenText, jsonOf } from './given-json.ts';
import { isRefused, refusalOf, withHints } from './hinted.ts';
import { ownerIn, protectionIn, textsIn, typeIn } from './members.ts';
import { protectedHints } from './protected-hints.ts';
import { resourcesFor, type Target, targetOf } from './target.ts';
import { isDifferenceShown, tellDifference } from './tell-difference.ts';

type Members = Readonly<Record<string, unknown>>;

/** `flagctl patch`: changes some members of a resource. Resolves to the exit code. */
export async function patch(call: Call, memberOptions: readonly string[]): Promise<number> {
  const session = await sessionOf(call);
  const noun = call.noun!;
  const target = targetOf(session, noun, call.args[0]!);
  const spec = await membersIn(call, noun.kind, memberOptions);
  const before = isDifferenceShown(call) ? await specNow(session, target) : undefined;
  let saved: Saved<unknown>;
  try {
    saved = await send(call, session, target, spec);
  } catch (thrown) {
    if (!isRefused(thrown, 'PROTECTED')) throw thrown;
    const refusal = refusalOf(thrown)!;
    throw await withHints(refusal, protectedHints(call, target, spec, refusal.members.stages));
  }
  await tellSaved(call, saved);
  await tellDifference(call, saved, before);
  tellWhoDecides(call, noun.kind, spec, saved);
  return 0;
}

/** What is to be changed; null takes a member out. Throws `UsageError` if that is nothing. */
async function membersIn(call: Call, kind: Kind, memberOptions: readonly string[]): Promise<Members> {
  const given = await givenText(call, 'patch');
  const other = memberOptions.find((name) => call.has(name));
  if (given === undefined) {
    const members = await ofOptions(call, kind);
    if (Object.keys(members).length > 0) return members;
    throw new UsageError('there is nothing to change', [
      'Say what, as by --enabled=false or -p \'{"enabled":false}\'',
      "Run 'flagctl patch --help' for all options",
    ]);
  }
  if (other !== undefined) throw new UsageError(`-p and --${other} are both given; expected one of them`);
  const value = jsonOf(given);
  if (!isRecord(value)) throw new UsageError(`${given.where} is ${JSON.stringify(value)}; expected a map of members`);
  // as kubectl has it, of the whole manifest
  const { spec, ...rest } = value;
  return wholeTargeting(kind, isRecord(spec) && Object.keys(rest).length === 0 ? spec : value);
}

/** Targeting is one expression: merged with the one that is there, it would be neither. As text, a server takes it whole. */
function wholeTargeting(kind: Kind, members: Members): Members {
  if ((kind !== 'FeatureFlagStage' && kind !== 'ChangeRequest') || !isRecord(members.targeting)) return members;
  return { ...members, targeting: JSON.stringify(members.targeting) };
}

/** What a resource says now; undefined if there is none. */
async function specNow(session: Session, target: Target): Promise<unknown> {
  try {
    return (await resourcesFor(session.api, target).get(target.id)).spec;
  } catch (thrown) {
    // to patch it then says that, or makes it
    if (isRefused(thrown, 'NOT_FOUND')) return undefined;
    throw thrown;
  }
}

async function ofOptions(call: Call, kind: Kind): Promise<Members> {
  const owners = call.has('owner') ? { owners: call.texts('owner') } : {};
  switch (kind) {
    case 'Project':
    case 'Stage':
      return { ...textsIn(call), ...owners };
    case 'ProjectStage':
      return protectionIn(call);
    case 'Context': {
      const type = typeIn(call, kind);
      return { ...textsIn(call), ...(type === undefined ? {} : { type }) };
    }
    case 'FeatureFlag': {
      const archived = call.text('archived');
      return {
        ...textsIn(call),
        ...(await decisionsOf(call)),
        ...ownerIn(call),
        ...(call.has('tag') ? { tags: call.texts('tag') } : {}),
        ...(archived === undefined ? {} : { archived: archived === 'true' }),
      };
    }
    case 'ChangeRequest': {
      const [comment, applyAt] = [call.text('comment'), call.text('apply-at')];
      return {
        ...(await decisionsOf(call)),
        ...(comment === undefined ? {} : { comment }),
        ...(applyAt === undefined ? {} : { applyAt }),
      };
    }
    case 'FeatureFlagStage':
      return { ...(await decisionsOf(call)) };
    default:
      return textsIn(call);
  }
}

async function send(call: Call, session: Session, target: Target, spec: Members): Promise<Saved<unknown>> {
  const comment = call.text('comment');
  const said = comment === undefined ? {} : { comment };
  const resources = resourcesFor(session.api, target);
  if (target.kind === 'ChangeRequest' && !call.has('patch') && spec.targeting === null) {
    // a patch would take the member out of the request, which then left the targeting of the stage as it is
    const { spec: before, version } = await resources.get(target.id);
    const next = { ...(before as Members), ...spec };
    return await resources.replace(target.id, { spec: next, ...said }, { ...writesOf(call), ifVersion: version });
  }
  return await resources.patch(target.id, { spec: spec as never, ...said }, writesOf(call));
}

/** Targeting goes before the default variant: who sets that one probably means everybody. */
function tellWhoDecides(call: Call, kind: Kind, patched: Members, { spec }: Saved<unknown>): void {
  if (kind !== 'FeatureFlagStage' || typeof patched.defaultVariant !== 'string' || 'targeting' in patched) return;
  const { targeting } = spec as Members;
  if (targeting === undefined || targeting === null) return;
  const warning = styleOf(call, 'err').yellow('Warning');
  call.world.err(
    `${warning}: targeting still decides; the default variant is used only when targeting returns null\n` +
      '  Say --clear-targeting to have the default variant served to everybody\n',
  );
}
