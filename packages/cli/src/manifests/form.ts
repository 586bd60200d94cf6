import { formatPath, type Issue, isRecord, preview } from '@flagwright/core';
import { manifestIssues, targetingOf } from '@flagwright/server/model';
import { nounOfKind } from '../nouns/noun.ts';
import { identityOf } from './identity.ts';
import type { FileManifest } from './manifest.ts';
import { valueIssues } from './values.ts';

/**
 * What is wrong with the form of a manifest, and doubtful, each with its place: its members, its ids, its numbers, and
 * whether its targeting can be read. What it means only a server knows.
 */
export function formIssues(manifest: FileManifest): readonly Issue[] {
  const issues: Issue[] = [...valueIssues(manifest)];
  // one thing is told once
  const told = new Set(issues.filter(({ severity }) => severity === 'error').map(({ path }) => formatPath(path)));
  const others = [...missing(manifest), ...requestId(manifest), ...manifestIssues(manifest.kind, manifest.manifest)];
  issues.push(...others.filter(({ path, code }) => code === 'missing' || !told.has(formatPath(path))));
  const { spec } = manifest.manifest;
  const targeting = (spec as { readonly targeting?: unknown } | undefined)?.targeting;
  if (typeof targeting === 'string') issues.push(...targetingOf({ targeting }).issues);
  return issues.map((issue) => {
    if (issue.place !== undefined) return issue;
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
    const place = manifest.locate(['metadata', name]);
    const issue = {
      severity: 'error',
      code: 'missing',
      path: ['metadata'],
      message: `\`${name}\` is missing`,
    } as const;
    issues.push({ ...issue, expected: 'an id', hint, ...(place === undefined ? {} : { place }) });
  };
  if (scope !== 'global' && project === undefined) lacks('project', 'or say --project');
  if (scope === 'stage' && stage === undefined) lacks('stage', 'or say --stage');
  if (kind === 'FeatureFlagStage' && id === undefined) lacks('featureFlagId', 'say which flag it is for');
  if (kind === 'ProjectStage' && id === undefined) lacks('stage', 'say which stage is linked');
  return issues;
}

/** Change requests are numbered, and have no other ids. */
function requestId({ kind, manifest }: FileManifest): readonly Issue[] {
  if (kind !== 'ChangeRequest') return [];
  const { id } = identityOf({ kind, manifest });
  if (id === undefined || /^cr-[1-9]\d{0,17}$/.test(id)) return [];
  const path = isRecord(manifest.metadata) && manifest.metadata.id !== undefined ? ['metadata', 'id'] : ['id'];
  return [
    {
      severity: 'error',
      code: 'bad-id',
      path,
      message: `a change request cannot have the id ${preview(id)}`,
      expected: 'cr-<number>, as cr-12',
      hint: 'leave it out to ask for a new one: requests are numbered',
    },
  ];
}
