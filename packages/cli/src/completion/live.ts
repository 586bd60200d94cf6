import { isRecord } from '@flagwright/core';
import { controlPlane } from '@flagwright/server/client';
import { type Settings, settingsOf } from '../config/settings.ts';
import type { Call } from '../grammar/call.ts';
import type { Complete } from '../grammar/command.ts';
import type { Kind } from '../nouns/noun.ts';
import { nameCache } from './cache.ts';

/** Nobody waits for longer after a key, in ms. */
const PATIENCE = 1_500;

/** More names than these are no help. */
const MOST_NAMES = 200;

/** What a server has names of. */
export type Live = Exclude<Complete, 'file' | 'profile'> | Kind;

/** What names are asked for: a list, or the variants of a flag. */
interface Question {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly of: (answer: unknown) => readonly unknown[];
}

/** The names there are on the server of a command line that is not finished; those that begin as `typed`, if there are many. */
export async function liveNames(live: Live, call: Call, typed: string): Promise<readonly string[]> {
  const until = performance.now() + PATIENCE;
  const settings = await settingsOf(call, { patience: PATIENCE });
  const question = questionOf(live, settings, call);
  if (question === undefined) return [];
  const cache = nameCache(call.world, settings.server, settings.profile);
  const all = await asked(question, {}, question.path);
  if (typed === '' || all.length < MOST_NAMES || question.query === undefined) return all;
  // too many to have them all
  return asked(question, { filter: `id~"${typed.replace(/[^\w.-]/g, '')}"` }, `${question.path} ${typed}`);

  async function asked(
    { path, query, of }: Question,
    more: Readonly<Record<string, string>>,
    key: string,
  ): Promise<readonly string[]> {
    const kept = await cache.get(key);
    if (kept !== undefined) return kept;
    const token = settings.hasToken ? ((await settings.token()) ?? '') : undefined;
    const timeout = Math.ceil(until - performance.now());
    if (timeout <= 0) return [];
    const api = controlPlane({ url: settings.server, token, timeout, retries: 0, fetch: call.world.fetch });
    const answer = await api.ask('GET', path, { query: { ...query, ...more } });
    // ids have no other characters, and a server that is not ours shall put none on a command line
    const names = of(answer).filter(
      (name): name is string => typeof name === 'string' && /^\w[\w.-]{0,199}$/.test(name),
    );
    await cache.set(key, names.slice(0, MOST_NAMES));
    return names.slice(0, MOST_NAMES);
  }
}

function questionOf(live: Live, { project }: Settings, { args, text }: Call): Question | undefined {
  const list = (path: string, query: Readonly<Record<string, string>> = {}): Question => ({
    path,
    query: { pageSize: String(MOST_NAMES), ...query },
    of: (page) =>
      isRecord(page) && Array.isArray(page.items)
        ? page.items.map((item) => (isRecord(item) ? item.id : undefined))
        : [],
  });
  const inProject = (what: string): Question | undefined =>
    project === undefined || project === '' ? undefined : list(`/projects/${encodeURIComponent(project)}/${what}`);
  switch (live) {
    case 'project':
    case 'Project':
      return list('/projects');
    case 'Stage':
      return list('/stages');
    case 'stage':
      return inProject('stages') ?? list('/stages');
    case 'ProjectStage':
      return inProject('stages');
    case 'flag':
    case 'FeatureFlag':
    case 'FeatureFlagStage':
      return inProject('feature-flags');
    case 'context':
    case 'Context':
      return inProject('contexts');
    case 'Template':
      return list('/templates');
    case 'request':
    case 'ChangeRequest':
      return list('/change-requests', { sort: '-modificationInfo.createdTime' });
    case 'variant': {
      const flag = text('feature-flag') ?? text('flag') ?? args[0];
      const flags = flag === undefined ? undefined : inProject('feature-flags');
      if (flags === undefined) return undefined;
      return { path: `${flags.path}/${encodeURIComponent(flag!)}`, of: variantsOf };
    }
  }
}

function variantsOf(flag: unknown): readonly string[] {
  const spec = isRecord(flag) ? flag.spec : undefined;
  return isRecord(spec) && isRecord(spec.variants) ? Object.keys(spec.variants) : [];
}
