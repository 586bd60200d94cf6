import { API_VERSION } from '../schema/definitions.ts';
import type { Key, Resource } from './resource.ts';

/** A resource as it is shown: the manifest of its kind, and what is the server's own. */
export interface Shown {
  readonly apiVersion: string;
  readonly kind: string;
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly spec: unknown;
  readonly status?: unknown;
  readonly version: string;
  readonly modificationInfo: {
    readonly createdTime: string;
    readonly createdBy: string;
    readonly lastModifiedTime: string;
    readonly lastModifiedBy: string;
  };
}

/** The names of a resource as its kind writes them. */
export function metadataOf({ kind, project, stage, id }: Key): Readonly<Record<string, string>> {
  switch (kind) {
    case 'FeatureFlagStage':
      return { featureFlagId: id, project, stage };
    case 'ProjectStage':
      return { project, stage: id };
    case 'FeatureFlag':
    case 'Context':
      return { id, project };
    default:
      return { id };
  }
}

/** A resource as it is shown; `more` is what was worked out for its status. */
export function shown(resource: Resource, more?: Readonly<Record<string, unknown>>): Shown {
  const { kind, id, spec, version, createdAt, createdBy, modifiedAt, modifiedBy } = resource;
  const status = { ...(resource.status as object | null), ...more };
  return {
    apiVersion: API_VERSION,
    kind,
    id,
    metadata: metadataOf(resource),
    spec,
    ...(Object.keys(status).length === 0 ? {} : { status }),
    version,
    modificationInfo: {
      createdTime: createdAt.toISOString(),
      createdBy,
      lastModifiedTime: modifiedAt.toISOString(),
      lastModifiedBy: modifiedBy,
    },
  };
}
