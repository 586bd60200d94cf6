import type { Issue } from '@flagwright/core';
import { documentsIn, noManifests, refuse, withForm } from '../applying/gather.ts';
import { whereOf } from '../applying/item.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import type { Said } from '../manifests/fill.ts';
import { identityOf } from '../manifests/identity.ts';
import type { FileManifest } from '../manifests/manifest.ts';
import { manifestsOf } from '../manifests/manifests.ts';
import { nounOfKind } from '../nouns/noun.ts';
import type { Session } from '../session/session.ts';
import type { Target } from './target.ts';

/** A manifest of a file, with what it is about. */
export interface Placed extends FileManifest {
  /** Without an id if the manifest has none: the server makes it of the name. */
  readonly target: Target;
}

/**
 * The manifests of the files that `-f` names, in their order. What a manifest leaves out of its place is that of the command;
 * what it says otherwise than `--project`, `--stage`, the resource or the id of the command is an error. Throws `UsageError`,
 * `CommandError`, `FlagError`.
 */
export async function fileManifests(call: Call, session: Session): Promise<readonly Placed[]> {
  const { documents, wrong } = await documentsIn(call);
  const fill = { project: said(call, session, 'project'), stage: said(call, session, 'stage') };
  const { manifests, issues } = manifestsOf(documents, fill);
  // of texts that cannot be read nobody knows what the command line says of them
  if (wrong.length > 0 || manifests.length === 0) refuse(call, [...wrong, ...withForm(issues, manifests)]);
  if (manifests.length === 0) throw noManifests(call.texts('filename'));
  const own = manifests.map((one) => withId(one, call, manifests.length));
  refuse(call, withForm(issues, own));
  return own.map((one) => ({ ...one, target: targetIn(one, session) }));
}

/** Throws `UsageError` for `--set` without files. */
export function refuseSet(call: Call): void {
  if (call.has('set')) throw new UsageError('--set fills in files; name them by -f');
}

function said(call: Call, { settings }: Session, option: 'project' | 'stage'): Said | undefined {
  const value = settings[option];
  return value === undefined || value === '' ? undefined : { value, explicit: call.texts(option).length > 0 };
}

/** A manifest with the id of the command. Throws `UsageError` if it has another one, or is of another kind. */
function withId(found: FileManifest, { noun, args: [id] }: Call, count: number): FileManifest {
  const { kind, manifest } = found;
  if (noun !== undefined && noun.kind !== kind) {
    throw new UsageError(`${whereOf(found)}: this is a ${nounOfKind(kind).one}, and the command is for ${noun.many}`, [
      `Say ${nounOfKind(kind).name}, or leave the resource out: the files tell`,
    ]);
  }
  if (id === undefined) return found;
  if (count > 1) {
    throw new UsageError(`${JSON.stringify(id)} is one id, and the files hold ${count} manifests`, [
      'Leave the id out: the manifests have theirs',
    ]);
  }
  const own = identityOf(found).id;
  if (own !== undefined && own !== id) {
    throw new UsageError(
      `${whereOf(found)}: the id is ${JSON.stringify(own)}, not ${JSON.stringify(id)} as the command says`,
    );
  }
  const member = kind === 'FeatureFlagStage' ? 'featureFlagId' : kind === 'ProjectStage' ? 'stage' : 'id';
  const metadata = (manifest.metadata ?? {}) as object;
  return { ...found, manifest: { ...manifest, metadata: { ...metadata, [member]: id } } };
}

function targetIn(found: FileManifest, session: Session): Target {
  const { kind, id = '', project, stage } = identityOf(found);
  const { scope } = nounOfKind(kind);
  return {
    kind,
    id,
    project: scope === 'global' ? '' : (project ?? session.project()),
    stage: scope === 'stage' ? (stage ?? session.stage()) : '',
  };
}

/** Where what the server found in a manifest stands: for each path that the file has. */
export function withPlaces(issues: readonly Issue[], { locate }: FileManifest): readonly Issue[] {
  return issues.map((issue) => {
    const place = issue.path.length === 0 ? undefined : locate(issue.path);
    return place === undefined ? issue : { ...issue, place };
  });
}
