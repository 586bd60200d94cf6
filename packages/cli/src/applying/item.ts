import type { Manifest } from '@flagwright/server/client';
import { type Identity, identityName, identityOf } from '../manifests/identity.ts';
import type { FileManifest } from '../manifests/manifest.ts';
import { API_VERSION } from '../manifests/manifests.ts';

/** A manifest that is to be applied. */
export interface Item {
  /** Of all, in the order of the files, from 0. */
  readonly index: number;
  readonly manifest: FileManifest;
  readonly identity: Identity;
  /** `feature-flag/new-checkout`. */
  readonly name: string;
  /** Where it begins: `flags.yaml:12:1`. */
  readonly where: string;
  /** What is sent of it: without what is the server's own. */
  readonly sent: Manifest<unknown>;
}

/** Manifests as items; the version that they name counts only if it is asked for. */
export function itemsOf(
  manifests: readonly FileManifest[],
  { useVersion }: { readonly useVersion: boolean },
): readonly Item[] {
  return manifests.map((manifest, index) => {
    const identity = identityOf(manifest);
    return {
      index,
      manifest,
      identity,
      name: identityName(identity),
      where: whereOf(manifest),
      sent: sentOf(manifest, useVersion),
    };
  });
}

/** Where a manifest begins, or what a path of it leads to: `flags.yaml:12:1`. */
export function whereOf({ file, locate }: FileManifest, path: readonly (string | number)[] = []): string {
  const place = locate(path);
  return place === undefined ? file : `${file}:${place.line}:${place.column}`;
}

function sentOf({ kind, manifest }: FileManifest, useVersion: boolean): Manifest<unknown> {
  const { id, metadata, spec, comment, version } = manifest;
  const names = metadata === undefined && id !== undefined ? { id } : metadata;
  return {
    apiVersion: API_VERSION,
    kind,
    ...(names === undefined ? {} : { metadata: names }),
    spec,
    ...(useVersion && version !== undefined ? { version } : {}),
    ...(comment === undefined ? {} : { comment }),
  } as Manifest<unknown>;
}
