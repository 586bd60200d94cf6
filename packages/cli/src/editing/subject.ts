import type { Resource, Saved, WriteOptions } from '@flagwright/server/client';
import type { Target } from '../changing/target.ts';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { type Identity, identityOf } from '../manifests/identity.ts';
import { API_VERSION } from '../manifests/manifests.ts';
import { commandLine } from '../output/command-line.ts';
import { jsonText } from '../output/output.ts';
import { shellWord } from '../output/shell-word.ts';
import { manifestYaml } from '../output/yaml.ts';
import type { Session } from '../session/session.ts';

/** What is edited. */
export interface Subject {
  readonly identity: Identity;
  /** As it is shown in the editor. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** As it was read; undefined if there is none yet. */
  readonly resource: Resource<unknown> | undefined;
  /** What it is now. */
  fetch(): Promise<Resource<unknown>>;
  /** Saves it if it is still what it was read as. */
  save(manifest: unknown, options: Pick<WriteOptions, 'force' | 'dryRun'>): Promise<Saved<unknown>>;
}

/** The resource that a command line names. A stage definition may be none yet. Throws `UsageError`, `ApiError`. */
export async function subjectOf(call: Call, session: Session): Promise<Subject> {
  const { kind, name } = call.noun!;
  const [id] = call.args;
  if (id === undefined) throw new UsageError(`edit ${name}: which one? Say its id`);
  const resources = session.resources(kind);
  const resource = await resources.get(id).catch(async (thrown: Error & { readonly code?: string }) => {
    if (kind !== 'FeatureFlagStage' || thrown.code !== 'NOT_FOUND') throw thrown;
    // there must be what it would be for
    await session.api.flags(session.project()).get(id);
    await session.api.links(session.project()).get(session.stage());
    return undefined;
  });
  refuseDecided(call, resource);
  const metadata =
    resource?.metadata ?? ({ featureFlagId: id, project: session.project(), stage: session.stage() } as const);
  const manifest = { apiVersion: API_VERSION, kind, metadata, spec: resource?.spec ?? { enabled: false } };
  return {
    identity: identityOf({ kind, manifest }),
    manifest,
    resource,
    fetch: () => resources.get(id),
    save: (changed, options) =>
      resource === undefined
        ? resources.create(changed as never, options)
        : resources.replace(id, changed as never, { ...options, ifVersion: resource.version }),
  };
}

/** Throws `CommandError` for a change request that is decided upon: to change it helps nobody. */
function refuseDecided(call: Call, resource: Resource<unknown> | undefined): void {
  if (resource?.kind !== 'ChangeRequest') return;
  const { state } = (resource.status ?? {}) as { readonly state?: unknown };
  if (typeof state !== 'string' || state === 'pending') return;
  throw new CommandError(
    EXIT.conflict,
    `change request ${JSON.stringify(resource.id)} is ${state}, and cannot be changed`,
    [`Run '${commandLine(call, `describe cr ${shellWord(resource.id)}`)}' to see what came of it`],
  );
}

/** What is edited, as commands name it. */
export function targetOf({ identity: { kind, id = '', project = '', stage = '' } }: Subject): Target {
  return kind === 'ChangeRequest' ? { kind, id, project: '', stage: '' } : { kind, id, project, stage };
}

/** A manifest in the form that it is edited in. */
export function textOf(manifest: unknown, format: string): string {
  return format === 'json' ? jsonText(manifest) : manifestYaml(manifest);
}
