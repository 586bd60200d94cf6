import type { Issue, Path, Place } from '@flagwright/core';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { filled, type Said } from '../manifests/fill.ts';
import { identityOf } from '../manifests/identity.ts';
import type { FileManifest } from '../manifests/manifest.ts';
import type { Kind } from '../nouns/noun.ts';
import { type Session, sessionOf } from '../session/session.ts';

interface Flag {
  readonly project: string;
  readonly id: string;
  flag: FileManifest | undefined;
  readonly stages: Map<string, FileManifest>;
}

/**
 * What a server says of the flags among manifests, with their stage definitions, in the project they are for: there are
 * other flags there, and attributes. What the files themselves have is not there yet, so of that the server's word does not
 * count. Throws `UsageError`, `ApiError`.
 */
export async function remoteIssues(call: Call, manifests: readonly FileManifest[]): Promise<readonly Issue[]> {
  const session = await sessionOf(call);
  const elsewhere = otherPlaces(call, manifests);
  if (elsewhere.length > 0) return elsewhere;
  const flags = flagsIn(manifests, session);
  if (flags.length === 0) {
    throw new UsageError('--remote checks flags in manifests, and targeting; there are none in the files', [
      'A flag document is of no project; without --remote it is checked by itself',
    ]);
  }
  const there = namesIn(manifests, session);
  const issues: Issue[] = [];
  for (const flag of flags) {
    const found = await issuesOf(session, flag);
    issues.push(...found.filter((issue) => !isOfFiles(issue, flag, there)));
  }
  return issues;
}

/** What files alone say of other flags and of attributes, of which a server knows more. */
export function isServersWord({ code }: Issue): boolean {
  return code === 'unknown-flag' || OF_ATTRIBUTES.has(code);
}

/** About another flag: that it is not there, or has not that variant. */
const OF_FLAGS: ReadonlySet<string> = new Set(['unknown-flag', 'unknown-variant']);

const OF_ATTRIBUTES: ReadonlySet<string> = new Set(['undeclared-attribute', 'similar-attribute', 'version-as-text']);

/** Manifests that say another project or stage than the command line, as `apply` tells them. */
function otherPlaces(call: Call, manifests: readonly FileManifest[]): readonly Issue[] {
  const said = (name: 'project' | 'stage'): Said | undefined => {
    const value = call.texts(name).length > 0 ? call.text(name) : undefined;
    return value === undefined || value === '' ? undefined : { value, explicit: true };
  };
  const fill = { project: said('project'), stage: said('stage') };
  return manifests.flatMap((manifest) => filled(manifest, fill).issues);
}

/** The flags and the attributes that files have, each as JSON of its project and its id. */
function namesIn(manifests: readonly FileManifest[], session: Session): ReadonlySet<string> {
  const names = new Set<string>();
  for (const manifest of manifests) {
    const { kind, id, project } = identityOf(manifest);
    if (id === undefined || (kind !== 'FeatureFlag' && kind !== 'Context')) continue;
    names.add(nameOf(kind, project ?? session.project(), id));
  }
  return names;
}

const nameOf = (kind: Kind, project: string, id: string): string => JSON.stringify([kind, project, id]);

function isOfFiles({ code, message, path }: Issue, { project }: Flag, there: ReadonlySet<string>): boolean {
  const kind = OF_ATTRIBUTES.has(code)
    ? 'Context'
    : OF_FLAGS.has(code) && path.includes('prerequisites')
      ? 'FeatureFlag'
      : undefined;
  const [, id] = /"([^"]+)"/.exec(message) ?? [];
  return kind !== undefined && id !== undefined && there.has(nameOf(kind, project, id));
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
