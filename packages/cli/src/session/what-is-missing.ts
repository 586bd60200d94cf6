import { ApiError, type Ask } from '@flagwright/server/client';

/** The parts of a path that something is in. */
const IN = /^(\/projects\/[^/?]+)(?:(\/stages\/[^/?]+)\/feature-flags)?\//;

/**
 * Of what was thrown because something is not there, the error for the first thing on the way to it that is not: a project
 * that is misspelt has no flags, either. It asks again, but for what it has found before. Whatever else was thrown stays.
 */
export function whatIsMissing(ask: Ask): (path: string, thrown: unknown) => Promise<unknown> {
  const there = new Set<string>();
  const isMissing = async (path: string): Promise<ApiError | undefined> => {
    if (there.has(path)) return undefined;
    try {
      await ask('GET', path);
    } catch (thrown) {
      // whoever may not look does not learn more
      return isNotFound(thrown) ? thrown : undefined;
    }
    there.add(path);
    return undefined;
  };
  return async (path, thrown) => {
    const [, project, stage] = IN.exec(path) ?? [];
    if (project === undefined || !isNotFound(thrown) || thrown.members.kind === 'Project') return thrown;
    const first = await isMissing(project);
    if (first !== undefined) return first;
    if (stage === undefined || thrown.members.kind !== 'FeatureFlagStage') return thrown;
    return (await isMissing(`${project}${stage}`)) ?? thrown;
  };
}

function isNotFound(thrown: unknown): thrown is ApiError {
  return thrown instanceof ApiError && thrown.code === 'NOT_FOUND';
}
