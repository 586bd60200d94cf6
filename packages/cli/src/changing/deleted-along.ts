import type { ControlPlane } from '@flagwright/server/client';
import { inWords, type Target } from './target.ts';

/** A target with what is deleted along with it, for a question: `feature flag "x" of project "p" with its 3 stage definitions`. */
export async function withWhatGoesAlong(api: ControlPlane, target: Target): Promise<string> {
  const words = inWords(target);
  const counts = (await countsOf(api, target)).filter(([count]) => count > 0);
  if (counts.length > 0) return `${words} with its ${listed(counts.map(([count, one]) => counted(count, one)))}`;
  return target.kind === 'FeatureFlagStage' ? `${words}, which then does what its own definition says` : words;
}

type Counted = readonly [count: number, one: string];

async function countsOf(api: ControlPlane, { kind, id, project }: Target): Promise<readonly Counted[]> {
  const definitions = async (of: string, filter?: string): Promise<number> => {
    const query = { pageSize: 1, ...(filter === undefined ? {} : { filter }) };
    const page = await api.ask('GET', `/projects/${encodeURIComponent(of)}/feature-flag-stages`, { query });
    return (page as { readonly totalCount: number }).totalCount;
  };
  if (kind === 'FeatureFlag') return [[await definitions(project, `featureFlagId="${id}"`), 'stage definition']];
  if (kind !== 'Project') return [];
  // a project that is not there has none; to delete it then says that
  const one = { pageSize: 1 };
  const [flags, stages, contexts, links] = await Promise.all([
    api.flags(id).list({ ...one, archived: true }),
    definitions(id),
    api.contexts(id).list(one),
    api.links(id).list(one),
  ]);
  return [
    [flags.totalCount, 'feature flag'],
    [stages, 'stage definition'],
    [contexts.totalCount, 'context attribute'],
    [links.totalCount, 'link to a stage'],
  ];
}

const counted = (count: number, one: string): string =>
  count === 1 ? `1 ${one}` : `${count} ${one === 'link to a stage' ? 'links to stages' : `${one}s`}`;

const listed = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
