import type { FlagDefinition } from '@flagwright/core';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { nounOf } from '../nouns/noun.ts';
import { type Session, sessionOf } from '../session/session.ts';
import { stageFlags } from '../session/stage-flags.ts';
import { type Compared, tellDifferences } from './change.ts';
import type { Served } from './effects.ts';

/** Compares what two stages of a project serve, of one flag or of all; resolves to how many flags differ. */
export async function diffStages(call: Call): Promise<number> {
  const stages = call
    .text('stages')!
    .split(',')
    .map((stage) => stage.trim());
  const [from = '', to = ''] = stages;
  if (stages.length !== 2 || from === '' || to === '' || from === to) {
    throw new UsageError(`--stages is ${JSON.stringify(call.text('stages'))}; expected two, as dev,production`);
  }
  const [word, id] = call.args;
  if (word !== undefined && (nounOf(word)?.kind !== 'FeatureFlag' || id === undefined)) {
    throw new UsageError(`diff --stages compares feature flags; it has ${JSON.stringify(call.args.join(' '))}`, [
      'Say ff <id>, or nothing for all',
    ]);
  }
  const session = await sessionOf(call);
  const pairs = id === undefined ? await ofProject(session, from, to) : await ofFlag(session, id, from, to);
  const compared = pairs.map(
    ({ key, before, after }): Compared => ({
      name: `feature-flag/${key}`,
      before,
      after,
      sides: { before: from, after: to },
    }),
  );
  return await tellDifferences(call, compared, async () => [await servedIn(session, id, stages)]);
}

/** A flag as two stages serve it; undefined where one does not. */
interface Pair {
  readonly key: string;
  readonly before: FlagDefinition | undefined;
  readonly after: FlagDefinition | undefined;
}

async function ofFlag({ api, project }: Session, id: string, from: string, to: string): Promise<readonly Pair[]> {
  const path = `/projects/${encodeURIComponent(project())}/feature-flags/${encodeURIComponent(id)}/comparison`;
  const { stages } = (await api.ask('GET', path, { query: { stages: `${from},${to}` } })) as {
    readonly stages: readonly { readonly stage: string; readonly flag: FlagDefinition | null }[];
  };
  const flagIn = (stage: string): FlagDefinition | undefined =>
    stages.find((one) => one.stage === stage)?.flag ?? undefined;
  return [{ key: id, before: flagIn(from), after: flagIn(to) }];
}

const PAGE = 500;

async function ofProject({ api, project }: Session, from: string, to: string): Promise<readonly Pair[]> {
  const path = `/projects/${encodeURIComponent(project())}/comparison`;
  const found: Pair[] = [];
  for (let page = 1; ; page++) {
    const { items } = (await api.ask('GET', path, { query: { from, to, page, pageSize: PAGE } })) as {
      readonly items: readonly {
        readonly flag: string;
        readonly from: FlagDefinition | null;
        readonly to: FlagDefinition | null;
      }[];
    };
    for (const item of items) {
      found.push({ key: item.flag, before: item.from ?? undefined, after: item.to ?? undefined });
    }
    if (items.length < PAGE) return found;
  }
}

/** All that the stages serve, for flags depend on others. */
async function servedIn(
  { api, project }: Session,
  key: string | undefined,
  stages: readonly string[],
): Promise<Served> {
  const [before, after] = await Promise.all(stages.map((stage) => stageFlags(api, project(), stage)));
  return { where: undefined, before, after, key };
}
