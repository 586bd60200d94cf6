import { type Issue, isRecord, type Path } from '@flagwright/core';
import { nounOfKind } from '../nouns/noun.ts';
import { identityOf, identityWords } from './identity.ts';
import type { FileManifest } from './manifest.ts';

/** A project or a stage that a command line works with. */
export interface Said {
  readonly value: string;
  /** By an option, so that a manifest that says otherwise is a mistake; what a context says only fills in. */
  readonly explicit: boolean;
}

/** What fills manifests in that do not say where they belong. */
export interface Fill {
  readonly project?: Said | undefined;
  readonly stage?: Said | undefined;
}

/** A manifest with what it does not say filled in; issues if it says something else than the command line. */
export function filled(
  manifest: FileManifest,
  fill: Fill,
): { readonly manifest: FileManifest; readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  let current = manifest;
  for (const [what, path] of placesOf(manifest)) {
    const said = fill[what];
    if (said === undefined) continue;
    const [member, name] = path as [string, string];
    const holder = current.manifest[member];
    // what is no map is told of with its form
    if (holder !== undefined && !isRecord(holder)) continue;
    const there = holder?.[name];
    if (there === undefined) {
      current = { ...current, manifest: { ...current.manifest, [member]: { ...holder, [name]: said.value } } };
    } else if (there !== said.value && said.explicit && !(manifest.kind === 'ProjectStage' && what === 'stage')) {
      const place = manifest.locate(path);
      const words = `the ${what} of ${identityWords({ ...identityOf(manifest), project: undefined })}`;
      issues.push({
        severity: 'error',
        code: 'other-place',
        path,
        message: `${words} is ${JSON.stringify(there)}, not ${JSON.stringify(said.value)} as --${what} says`,
        ...(place === undefined ? {} : { place }),
      });
    }
  }
  return { manifest: current, issues };
}

/** Where a manifest of a kind says its project and its stage. */
function placesOf({ kind }: FileManifest): readonly (readonly ['project' | 'stage', Path])[] {
  if (kind === 'ChangeRequest') {
    return [
      ['project', ['spec', 'projectId']],
      ['stage', ['spec', 'stageId']],
    ];
  }
  const { scope } = nounOfKind(kind);
  if (scope === 'global') return [];
  const project = ['project', ['metadata', 'project']] as const;
  // a link is to a stage
  return scope === 'stage' || kind === 'ProjectStage' ? [project, ['stage', ['metadata', 'stage']]] : [project];
}
