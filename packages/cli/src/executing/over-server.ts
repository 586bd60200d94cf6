import type { FlagDocument } from '@flagwright/core';
import type { ControlPlane, Resource } from '@flagwright/server/client';
import type { Call } from '../grammar/call.ts';
import type { LocalSet } from '../local/local-set.ts';
import { sessionOf } from '../session/session.ts';
import { type Answer, type Asking, answerOf } from './answer.ts';

/** What a server answers for a flag. Throws `UsageError`, `ApiError`. */
export async function oneAnswer(call: Call, flag: string, { context, explain }: Asking): Promise<Answer> {
  const session = await sessionOf(call);
  const [project, stage] = [session.project(), session.stage()];
  const path = `/projects/${encodeURIComponent(project)}/stages/${encodeURIComponent(stage)}/feature-flags/${encodeURIComponent(flag)}/evaluate`;
  const query = explain ? { explain: true } : {};
  const answer = (await session.api.ask('POST', path, { query, body: { context } })) as Answer;
  // on the wire it is a word that every client knows; here it is the one that says why
  return answer.engineReason === 'PREREQUISITE_FAILED' ? { ...answer, reason: answer.engineReason } : answer;
}

/** What a stage serves of all its flags, by what the server has of them now. Throws `UsageError`, `ApiError`. */
export async function allAnswers(call: Call, asking: Asking): Promise<readonly Answer[]> {
  const session = await sessionOf(call);
  const set = await stageSet(session.api, session.project(), session.stage());
  return [...set.snapshot.flags.keys()].sort().map((key) => answerOf(set, key, asking));
}

async function stageSet(api: ControlPlane, project: string, stage: string): Promise<LocalSet> {
  const [{ stageDocument }, { compiledSet }] = await Promise.all([
    import('../local/stage-document.ts'),
    import('../local/compiled-set.ts'),
  ]);
  // a stage that is not linked has no flags, which is another thing than that they are off
  await api.links(project).get(stage);
  const [flags, definitions, contexts] = await Promise.all([
    byId(api.flags(project).all()),
    byId(api.stageDefinitions(project, stage).all()),
    byId(api.contexts(project).all()),
  ]);
  const document: FlagDocument = stageDocument({ flags, definitions, contexts }).document;
  const title = `${project}/${stage}`;
  return compiledSet({ project, stage, title, document, locate: () => undefined, issues: [] });
}

async function byId<Spec>(resources: AsyncIterable<Resource<Spec>>): Promise<ReadonlyMap<string, Spec>> {
  const found = new Map<string, Spec>();
  for await (const { id, metadata, spec } of resources) found.set(metadata.featureFlagId ?? id, spec);
  return found;
}
