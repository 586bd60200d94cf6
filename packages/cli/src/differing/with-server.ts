import type { FlagDefinition } from '@flagwright/core';
import type { Applied, ControlPlane } from '@flagwright/server/client';
import { effectiveFlag, type FeatureFlagSpec, type FeatureFlagStageSpec, targetingOf } from '@flagwright/server/model';
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
import { attributesOf } from './attributes.ts';
import { type Compared, tellDifferences } from './change.ts';
import { type Served, tellEffects } from './effects.ts';

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

/** A flag that files change, or what a stage says of it. */
interface Touched {
  readonly project: string;
  readonly key: string;
  flag?: Sides<FeatureFlagSpec>;
  readonly stages: Map<string, Sides<FeatureFlagStageSpec>>;
}

interface Sides<Spec> {
  readonly before: Spec | undefined;
  readonly after: Spec | undefined;
}

/** What stages serve of the flags that the files change, before and after. */
async function servedBy(
  api: ControlPlane,
  items: readonly Item[],
  outcomes: ReadonlyMap<Item, Outcome>,
): Promise<readonly Served[]> {
  const served: Served[] = [];
  const attributes = new Map<string, Served['attributes']>();
  for (const touched of touchedBy(items, outcomes)) {
    const { project, key, stages } = touched;
    const flag = touched.flag ?? (await same<FeatureFlagSpec>(api.flags(project).get(key)));
    if (touched.flag !== undefined) for (const [stage, there] of await othersOf(api, touched)) stages.set(stage, there);
    if (!attributes.has(project)) attributes.set(project, await attributesOf(api, project).catch(nothing));
    for (const [stage, sides] of stages) {
      const [before, after] = [flagIn(flag.before, sides.before), flagIn(flag.after, sides.after)];
      served.push({ key, where: stage, before, after, attributes: attributes.get(project) });
    }
  }
  return served;
}

function touchedBy(items: readonly Item[], outcomes: ReadonlyMap<Item, Outcome>): Iterable<Touched> {
  const all = new Map<string, Touched>();
  for (const item of items) {
    const outcome = outcomes.get(item);
    const { kind, project, stage, id } = item.identity;
    if (outcome?.kind !== 'done' || project === undefined || id === undefined) continue;
    if (kind !== 'FeatureFlag' && kind !== 'FeatureFlagStage') continue;
    const name = `${project} ${id}`;
    const touched: Touched = all.get(name) ?? { project, key: id, stages: new Map() };
    all.set(name, touched);
    const { before, after } = outcome.applied;
    const sides = { before: before ?? undefined, after: after ?? undefined };
    if (kind === 'FeatureFlag') touched.flag = sides as Sides<FeatureFlagSpec>;
    else if (stage !== undefined) touched.stages.set(stage, sides as Sides<FeatureFlagStageSpec>);
  }
  return all.values();
}

/** What the linked stages say that the files say nothing of. */
async function othersOf(
  api: ControlPlane,
  { project, key, stages }: Touched,
): Promise<readonly (readonly [string, Sides<FeatureFlagStageSpec>])[]> {
  const links: string[] = [];
  try {
    for await (const { id } of api.links(project).all()) if (!stages.has(id)) links.push(id);
  } catch (thrown) {
    nothing(thrown);
  }
  return await Promise.all(
    links.map(
      async (stage) =>
        [stage, await same<FeatureFlagStageSpec>(api.stageDefinitions(project, stage).get(key))] as const,
    ),
  );
}

async function same<Spec>(resource: Promise<{ readonly spec: unknown }>): Promise<Sides<Spec>> {
  const spec = (await resource.catch(nothing))?.spec as Spec | undefined;
  return { before: spec, after: spec };
}

/** What is not there says nothing. */
function nothing(thrown: unknown): undefined {
  if ((thrown as { readonly code?: unknown }).code !== 'NOT_FOUND') throw thrown;
}

function flagIn(
  flag: FeatureFlagSpec | undefined,
  stage: FeatureFlagStageSpec | undefined,
): FlagDefinition | undefined {
  return flag === undefined || flag.archived === true ? undefined : effectiveFlag(flag, stage);
}
