import type { Applied } from '@flagwright/server/client';
import { type FeatureFlagStageSpec, targetingOf } from '@flagwright/server/model';
import { gathered } from '../applying/gather.ts';
import type { Item } from '../applying/item.ts';
import { type Outcome, sendAll } from '../applying/send.ts';
import { exitOf, tellFailure } from '../applying/tell.ts';
import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Call } from '../grammar/call.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import { resourcesOf } from '../session/resources.ts';
import { type Session, sessionOf } from '../session/session.ts';
import { type Compared, tellDifferences } from './change.ts';
import { tellEffects } from './effects.ts';
import { same, servedBy } from './served-by.ts';

/** What a comparison with a server came to. */
export interface WithServer {
  readonly differing: number;
  /** The exit code of what the server would refuse; 0 if there is nothing. */
  readonly refused: number;
}

/** Compares what files say with what a server has, by a dry run of applying them. */
export async function diffServer(call: Call): Promise<WithServer> {
  const session = await sessionOf(call);
  const items = await gathered(call, session.settings);
  const { outcomes, thrown } = await sendAll(session.api, items, {
    interrupted: call.world.interrupted(),
    dryRun: true,
    // what is protected can be compared all the same
    force: call.has('force') || undefined,
    told: () => undefined,
  });
  if (thrown !== undefined) throw thrown;
  if ([...outcomes.values()].some(({ kind }) => kind === 'not-sent'))
    throw new CommandError(EXIT.interrupted, 'interrupted');
  const known = new Map(outcomes);
  for (const item of items) known.set(item, await withoutProtection(call, session, item, outcomes.get(item)!));
  const compared = items.flatMap((item) => comparedOf(item, known.get(item)));
  for (const item of items) tellFailure(call, item, known.get(item));
  const differing = await tellDifferences(call, compared);
  if (call.has('effect')) await tellEffects(call, await servedBy(session.api, items, known));
  return { differing, refused: exitOf(items, known) };
}

/** What is protected is compared all the same, with what can be read of it. */
async function withoutProtection(call: Call, { api }: Session, item: Item, outcome: Outcome): Promise<Outcome> {
  if (outcome.kind !== 'failed' || outcome.error.code !== 'PROTECTED') return outcome;
  const { kind, project = '', stage = '', id = '' } = item.identity;
  const metadata = (item.sent.metadata ?? {}) as Applied['metadata'];
  const before =
    (
      await same(
        resourcesOf(
          api,
          kind,
          () => project,
          () => stage,
        ).get(id),
      )
    ).before ?? null;
  const { spec } = targetingOf(item.sent.spec as FeatureFlagStageSpec);
  const after = kind === 'FeatureFlag' ? { name: id, ...spec } : spec;
  const words = `${item.where}: ${outcome.error.message}; compared without the checks of the server`;
  call.world.err(`${styleOf(call, 'err').yellow('Warning')}: ${safe(words)}\n`);
  return {
    kind: 'done',
    applied: { index: item.index, kind, id, metadata, warnings: [], result: 'updated', before, after },
  };
}

function comparedOf(item: Item, outcome: Outcome | undefined): readonly Compared[] {
  if (outcome?.kind !== 'done' || outcome.applied.result === 'unchanged') return [];
  const { before, after, metadata } = outcome.applied;
  const { apiVersion, kind } = item.sent;
  const whole = (spec: unknown): unknown =>
    spec === null || spec === undefined ? undefined : { apiVersion, kind, metadata, spec };
  return [
    { name: item.name, before: whole(before), after: whole(after), sides: { before: 'server', after: item.where } },
  ];
}
