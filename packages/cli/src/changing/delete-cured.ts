import type { ApiError, ControlPlane } from '@flagwright/server/client';
import { refusalOf } from './hinted.ts';
import type { Target } from './target.ts';

/** Targets that are deleted before others, so that what stands in the way of these goes with them. */
export interface Gone {
  add(target: Target): void;
  has(target: Target): boolean;
}

/** None yet. */
export function goneTargets(): Gone {
  const keys = new Set<string>();
  const keyOf = ({ kind, project, stage, id }: Target): string => JSON.stringify([kind, project, stage, id]);
  return { add: (target) => void keys.add(keyOf(target)), has: (target) => keys.has(keyOf(target)) };
}

/**
 * What still stands in the way of deleting a resource that is in use, once what goes before it is gone; undefined if nothing
 * does. A dry run checks each by itself, and refuses what the real run would not.
 */
export async function stillRefused(
  api: ControlPlane,
  target: Target,
  refusal: ApiError,
  gone: Gone,
): Promise<ApiError | undefined> {
  if (!(await isCured(api, target, refusal, gone))) return refusal;
  if (target.kind !== 'FeatureFlag' || !Array.isArray(refusal.members.stages)) return undefined;
  // that others require it, which no force overrides, the server says last
  const next = await api
    .flags(target.project)
    .delete(target.id, { dryRun: true, force: true })
    .then(() => undefined, refusalOf);
  return next?.code !== 'IN_USE' || (await isCured(api, target, next, gone)) ? undefined : next;
}

async function isCured(api: ControlPlane, target: Target, refusal: ApiError, gone: Gone): Promise<boolean> {
  const { members } = refusal;
  const { project, id } = target;
  const flag = (key: string, of = project): Target => ({ kind: 'FeatureFlag', project: of, stage: '', id: key });
  const isInactive = async (key: string, stage: string): Promise<boolean> =>
    gone.has(flag(key)) ||
    (gone.has({ kind: 'FeatureFlagStage', project, stage, id: key }) &&
      // without a definition the stage has it as it is by itself
      (await api.flags(project).get(key)).spec.enabled !== true);
  switch (target.kind) {
    case 'FeatureFlag': {
      if (!Array.isArray(members.stages)) return everyRequiring(members.requiredBy, project, gone, flag);
      return await every(textsIn(members.stages), (stage) => isInactive(id, stage));
    }
    case 'ProjectStage':
      return await every(allOf(members, 'featureFlags'), (key) => isInactive(key, id));
    case 'Project':
      return await every(allOf(members, 'featureFlags'), async (key) => gone.has(flag(key, id)));
    case 'Stage':
      return await every(textsIn(members.projects), async (of) =>
        gone.has({ kind: 'ProjectStage', project: of, stage: '', id }),
      );
    default:
      return false;
  }
}

/** What requires a flag: other flags, by themselves or in a stage. */
function everyRequiring(requiredBy: unknown, project: string, gone: Gone, flag: (key: string) => Target): boolean {
  if (!Array.isArray(requiredBy) || requiredBy.length === 0) return false;
  return (requiredBy as readonly { readonly flag: string; readonly stage?: string }[]).every(
    (one) =>
      gone.has(flag(one.flag)) ||
      (one.stage !== undefined && gone.has({ kind: 'FeatureFlagStage', project, stage: one.stage, id: one.flag })),
  );
}

/** What the server names, if it names all of it. */
function allOf(members: ApiError['members'], name: string): readonly string[] {
  const named = textsIn(members[name]);
  return named.length === members.count ? named : [];
}

const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

/** Whether there are any, and it holds for all. */
async function every(names: readonly string[], holds: (name: string) => Promise<boolean>): Promise<boolean> {
  for (const name of names) if (!(await holds(name))) return false;
  return names.length > 0;
}
