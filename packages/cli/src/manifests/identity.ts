import { isRecord } from '@flagwright/core';
import { type Kind, nounOfKind } from '../nouns/noun.ts';
import type { FileManifest } from './manifest.ts';

/** By what a resource is found. */
export interface Identity {
  readonly kind: Kind;
  /** Undefined where the kind is in none, or the manifest does not say. */
  readonly project: string | undefined;
  readonly stage: string | undefined;
  /** A stage definition has that of its flag, a link that of its stage; undefined if the server is to make one. */
  readonly id: string | undefined;
}

/** What a manifest says of which resource it is. */
export function identityOf({ kind, manifest }: Pick<FileManifest, 'kind' | 'manifest'>): Identity {
  const metadata = recordOf(manifest.metadata);
  const spec = recordOf(manifest.spec);
  const id = textOf(metadata.id) ?? textOf(manifest.id);
  const project = textOf(metadata.project);
  switch (kind) {
    case 'FeatureFlagStage':
      return { kind, project, stage: textOf(metadata.stage), id: textOf(metadata.featureFlagId) };
    case 'ProjectStage':
      return { kind, project, stage: undefined, id: textOf(metadata.stage) };
    case 'FeatureFlag':
    case 'Context':
      return { kind, project, stage: undefined, id };
    case 'ChangeRequest':
      return { kind, project: textOf(spec.projectId), stage: textOf(spec.stageId), id };
    default:
      return { kind, project: undefined, stage: undefined, id };
  }
}

/** An identity as a key of maps; undefined without an id. Change requests are found by their id alone. */
export function identityKey({ kind, project, stage, id }: Identity): string | undefined {
  if (id === undefined) return undefined;
  if (kind === 'ChangeRequest') return `${kind} ${id}`;
  return [kind, project ?? '', stage ?? '', id].join(' ');
}

/** In words: `stage definition of "new-checkout" in project "shop", stage "dev"`. */
export function identityWords({ kind, project, stage, id }: Identity): string {
  const { one } = nounOfKind(kind);
  const what = kind === 'FeatureFlagStage' ? `${one} of` : one;
  const named = id === undefined ? `${one} without an id` : `${what} ${JSON.stringify(id)}`;
  if (kind === 'ChangeRequest' || project === undefined) return named;
  const where = stage === undefined ? '' : `, stage ${JSON.stringify(stage)}`;
  return `${named} in project ${JSON.stringify(project)}${where}`;
}

/** `feature-flag/new-checkout`, wherever it is. */
export function shortName({ kind, id }: Pick<Identity, 'kind' | 'id'>): string {
  return `${nounOfKind(kind).name}/${id ?? '(no id)'}`;
}

/** In a list: `feature-flag/new-checkout`; a stage definition with its stage, a link with its project. */
export function identityName({ kind, project, stage, id }: Identity): string {
  const name = shortName({ kind, id });
  if (kind === 'FeatureFlagStage') return `${name} in ${stage ?? '(no stage)'}`;
  return kind === 'ProjectStage' ? `${name} of ${project ?? '(no project)'}` : name;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const recordOf = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});
