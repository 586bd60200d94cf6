import type { Issue, Path, Place } from '@flagwright/core';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { identityOf } from '../manifests/identity.ts';
import type { FileManifest } from '../manifests/manifest.ts';
import { type Session, sessionOf } from '../session/session.ts';

interface Flag {
  readonly project: string;
  readonly id: string;
  flag: FileManifest | undefined;
  readonly stages: Map<string, FileManifest>;
}

/**
 * What a server says of the flags among manifests, with their stage definitions, in the project they are for: there are
 * other flags there, and attributes. Throws `UsageError`, `ApiError`.
 */
export async function remoteIssues(call: Call, manifests: readonly FileManifest[]): Promise<readonly Issue[]> {
  const session = await sessionOf(call);
  const flags = flagsIn(manifests, session);
  if (flags.length === 0) {
    throw new UsageError('--remote checks flags in manifests, and targeting; there are none in the files', [
      'A flag document is of no project; without --remote it is checked by itself',
    ]);
  }
  const issues: Issue[] = [];
  for (const flag of flags) issues.push(...(await issuesOf(session, flag)));
  return issues;
}

function flagsIn(manifests: readonly FileManifest[], session: Session): readonly Flag[] {
  const flags = new Map<string, Flag>();
  for (const manifest of manifests) {
    const { kind, id, stage, project: own } = identityOf(manifest);
    if ((kind !== 'FeatureFlag' && kind !== 'FeatureFlagStage') || id === undefined) continue;
    const project = own ?? session.project();
    const name = JSON.stringify([project, id]);
    const flag = flags.get(name) ?? { project, id, flag: undefined, stages: new Map<string, FileManifest>() };
    flags.set(name, flag);
    if (kind === 'FeatureFlag') flag.flag = manifest;
    else flag.stages.set(stage ?? session.stage(), manifest);
  }
  return [...flags.values()];
}

async function issuesOf({ api }: Session, { project, id, flag, stages }: Flag): Promise<readonly Issue[]> {
  const spec = flag === undefined ? (await api.flags(project).get(id)).spec : flag.manifest.spec;
  const body = {
    id,
    flag: spec,
    stages: Object.fromEntries([...stages].map(([stage, { manifest }]) => [stage, manifest.spec])),
    project,
  };
  const { issues } = (await api.ask('POST', '/validate/feature-flag', { body })) as {
    readonly issues: readonly Issue[];
  };
  return issues.map((issue) => {
    const place = placeOf(issue.path, flag, stages);
    return {
      ...issue,
      path: ['flags', id, ...issue.path.slice(issue.path[0] === 'stages' ? 2 : 1)],
      ...(place === undefined ? {} : { place }),
    };
  });
}

function placeOf(
  [root, ...rest]: Path,
  flag: FileManifest | undefined,
  stages: ReadonlyMap<string, FileManifest>,
): Place | undefined {
  const [stage, ...inStage] = rest;
  if (root === 'stages') return stages.get(String(stage))?.locate(['spec', ...inStage]);
  const holder = flag ?? stages.values().next().value;
  return root === 'flag' && flag !== undefined ? flag.locate(['spec', ...rest]) : holder?.locate([]);
}
