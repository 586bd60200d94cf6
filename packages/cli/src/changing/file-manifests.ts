import { formatIssue, type Issue } from '@flagwright/core';
import { manifestIssues } from '@flagwright/server/model';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { readDocuments } from '../manifests/documents.ts';
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
  const documents = await readDocuments(call.world, call.texts('filename'));
  const fill = { project: said(call, session, 'project'), stage: said(call, session, 'stage') };
  const { manifests, issues } = manifestsOf(documents, fill);
  refuse(issues, manifests.length);
  if (manifests.length === 0) throw new CommandError(EXIT.invalid, 'the files hold no manifests');
  const own = manifests.map((one) => withId(one, call, manifests.length));
  refuse(own.flatMap(formIssues), own.length);
  return own.map((one) => ({ ...one, target: targetIn(one, session) }));
}

function said(call: Call, { settings }: Session, option: 'project' | 'stage'): Said | undefined {
  const value = settings[option];
  return value === undefined || value === '' ? undefined : { value, explicit: call.texts(option).length > 0 };
}

/** A manifest with the id of the command. Throws `UsageError` if it has another one, or is of another kind. */
function withId(found: FileManifest, { noun, args: [id] }: Call, count: number): FileManifest {
  const { kind, manifest } = found;
  if (noun !== undefined && noun.kind !== kind) {
    throw new UsageError(`${where(found)}: this is a ${nounOfKind(kind).one}, and the command is for ${noun.many}`, [
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
      `${where(found)}: the id is ${JSON.stringify(own)}, not ${JSON.stringify(id)} as the command says`,
    );
  }
  const member = kind === 'FeatureFlagStage' ? 'featureFlagId' : kind === 'ProjectStage' ? 'stage' : 'id';
  const metadata = (manifest.metadata ?? {}) as object;
  return { ...found, manifest: { ...manifest, metadata: { ...metadata, [member]: id } } };
}

function where({ file, locate }: FileManifest): string {
  const place = locate([]);
  return place === undefined ? file : `${file}:${place.line}:${place.column}`;
}

/** What is wrong with the form of a manifest, each with its place. */
function formIssues({ kind, manifest, locate }: FileManifest): readonly Issue[] {
  return manifestIssues(kind, manifest).map((issue) => {
    const place = locate(issue.path);
    return place === undefined ? issue : { ...issue, place };
  });
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

/** More are not shown. */
const MOST_ISSUES = 20;

/** Throws `CommandError` with all that is wrong, each with its place, if anything is. */
function refuse(issues: readonly Issue[], count: number): void {
  const errors = issues.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const shown = errors.slice(0, MOST_ISSUES).map(formatIssue);
  const rest = errors.length - shown.length;
  const message = count > 1 ? 'the manifests are not valid; nothing was done' : 'the manifest is not valid';
  throw new CommandError(EXIT.invalid, message, rest > 0 ? [...shown, `and ${rest} more`] : shown);
}

/** Where what the server found in a manifest stands: for each path that the file has. */
export function withPlaces(issues: readonly Issue[], { locate }: FileManifest): readonly Issue[] {
  return issues.map((issue) => {
    const place = issue.path.length === 0 ? undefined : locate(issue.path);
    return place === undefined ? issue : { ...issue, place };
  });
}
