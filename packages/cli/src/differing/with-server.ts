import type { Applied } from '@flagwright/server/client';
import {
  type FeatureFlagSpec,
  type FeatureFlagStageSpec,
  targetingOf,
  withVariantNames,
} from '@flagwright/server/model';
import { gathered } from '../applying/gather.ts';
import type { Item } from '../applying/item.ts';
import { type Outcome, sendAll } from '../applying/send.ts';
import { exitOf, tellFailure } from '../applying/tell.ts';
import { isRefused, refusalOf } from '../changing/hinted.ts';
import type { Call } from '../grammar/call.ts';
import { shortName } from '../manifests/identity.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import { resourcesOf } from '../session/resources.ts';
import { type Session, sessionOf } from '../session/session.ts';
import { type Compared, tellDifferences } from './change.ts';
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
    dryRun: true,
    // what is protected can be compared all the same
    force: call.has('force') || undefined,
    alsoHeld: true,
    told: () => undefined,
  });
  const known = new Map(outcomes);
  const mayNotWrite = isRefused(thrown, 'FORBIDDEN') ? refusalOf(thrown)! : undefined;
  if (mayNotWrite === undefined) {
    if (thrown !== undefined) throw thrown;
  } else {
    warnUnchecked(call, mayNotWrite.message);
    for (const item of items) known.set(item, { kind: 'failed', error: mayNotWrite });
  }
  for (const item of items) {
    const outcome = known.get(item)!;
    if (outcome.kind !== 'failed' || !UNCHECKED.has(outcome.error.code)) continue;
    known.set(item, await asRead(session, item, items));
    if (mayNotWrite === undefined) warnUnchecked(call, `${item.where}: ${outcome.error.message}`);
  }
  const compared = items.flatMap((item) => comparedOf(item, known.get(item)));
  for (const item of items) tellFailure(call, item, known.get(item));
  const differing = await tellDifferences(call, compared, () => servedBy(session.api, items, known));
  return { differing, refused: exitOf(items, known) };
}

/** What is not tried for whoever asks, and can be compared all the same: it is protected, or the token may only read. */
const UNCHECKED: ReadonlySet<string | undefined> = new Set(['PROTECTED', 'FORBIDDEN']);

const warnUnchecked = (call: Call, why: string): void =>
  call.world.err(
    `${styleOf(call, 'err').yellow('Warning')}: ${safe(`${why}; compared without the checks of the server`)}\n`,
  );

/** Kinds that the server gives a name, if they have none: their id. */
const NAMED: ReadonlySet<string> = new Set(['Project', 'Stage', 'Context', 'Template', 'FeatureFlag']);

/** An item compared with what can be read of it. Throws `ApiError` if that may not be read either. */
async function asRead({ api }: Session, item: Item, items: readonly Item[]): Promise<Outcome> {
  const { kind, project = '', stage = '', id = '' } = item.identity;
  const metadata = (item.sent.metadata ?? {}) as Applied['metadata'];
  const resources = resourcesOf(
    api,
    kind,
    () => project,
    () => stage,
  );
  const before = id === '' ? null : ((await same(resources.get(id))).before ?? null);
  const { spec: normal } = targetingOf(item.sent.spec as FeatureFlagStageSpec);
  const flag = /^FeatureFlag(?:Stage)?$/.test(kind) ? await flagOf(api, item, items) : undefined;
  const spec = flag === undefined ? normal : withVariantNames(flag, normal).spec;
  const after = NAMED.has(kind) && id !== '' ? { name: id, ...spec } : spec;
  return {
    kind: 'done',
    applied: { index: item.index, kind, id, metadata, warnings: [], result: 'updated', before, after },
  };
}

/** The flag that an item is about, as the files have it, else as the server has it. */
async function flagOf(
  api: Session['api'],
  { identity: { project = '', id = '' } }: Item,
  items: readonly Item[],
): Promise<FeatureFlagSpec | undefined> {
  const own = items.find(
    ({ identity }) => identity.kind === 'FeatureFlag' && identity.project === project && identity.id === id,
  );
  if (own !== undefined) return own.sent.spec as FeatureFlagSpec;
  return (await same<FeatureFlagSpec>(api.flags(project).get(id))).before;
}

function comparedOf(item: Item, outcome: Outcome | undefined): readonly Compared[] {
  if (outcome?.kind !== 'done' || outcome.applied.result === 'unchanged') return [];
  const { before, after, metadata } = outcome.applied;
  const { apiVersion, kind } = item.sent;
  const whole = (spec: unknown): unknown =>
    spec === null || spec === undefined ? undefined : { apiVersion, kind, metadata, spec };
  const sides = { before: 'server', after: item.where };
  return [{ name: item.name, short: shortName(item.identity), before: whole(before), after: whole(after), sides }];
}
