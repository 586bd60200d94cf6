import type { Issue } from '@flagwright/core';
import { manifestIssues, targetingOf } from '@flagwright/server/model';
import { nounOfKind } from '../nouns/noun.ts';
import { identityOf } from './identity.ts';
import type { FileManifest } from './manifest.ts';

/**
 * What is wrong with the form of a manifest, and doubtful, each with its place: its members, its ids, and whether its
 * targeting can be read. What it means only a server knows.
 */
export function formIssues(manifest: FileManifest): readonly Issue[] {
  const issues = [...missing(manifest), ...manifestIssues(manifest.kind, manifest.manifest)];
  const { spec } = manifest.manifest;
  const targeting = (spec as { readonly targeting?: unknown } | undefined)?.targeting;
  if (typeof targeting === 'string') issues.push(...targetingOf({ targeting }).issues);
  return issues.map((issue) => {
    // of a text that is no JSON every path into it leads to where it stops being JSON
    const place = manifest.locate(issue.code === 'invalid-targeting' ? [...issue.path, 0] : issue.path);
    return place === undefined ? issue : { ...issue, place };
  });
}

/** A server is told where a resource is by its address, so the schema leaves that open. */
function missing(manifest: FileManifest): readonly Issue[] {
  const { kind } = manifest;
  const { project, stage, id } = identityOf(manifest);
  const { scope } = nounOfKind(kind);
  const issues: Issue[] = [];
  const lacks = (name: string, hint: string): void => {
    const path = name.split('.');
    issues.push({ severity: 'error', code: 'missing', path, message: `${name} is missing`, expected: 'an id', hint });
  };
  if (scope !== 'global' && project === undefined) lacks('metadata.project', 'or say --project');
  if (scope === 'stage' && stage === undefined) lacks('metadata.stage', 'or say --stage');
  if (kind === 'FeatureFlagStage' && id === undefined) lacks('metadata.featureFlagId', 'say which flag it is for');
  if (kind === 'ProjectStage' && id === undefined) lacks('metadata.stage', 'say which stage is linked');
  return issues;
}
