import { formatPath, type Issue, isRecord, type Path, type Place } from '@flagwright/core';
import {
  type ContextSpec,
  type FeatureFlagSpec,
  type FeatureFlagStageSpec,
  manifestIssues,
} from '@flagwright/server/model';
import { identityOf } from '../manifests/identity.ts';
import type { FileManifest } from '../manifests/manifest.ts';
import { valueIssues } from '../manifests/values.ts';
import { atFault, compiledSet } from './compiled-set.ts';
import type { LocalSet } from './set.ts';
import { stageDocument } from './stage-document.ts';

/** What is wrong with the form of manifests, and doubtful, each with its place. */
export function formIssues(manifests: readonly FileManifest[]): readonly Issue[] {
  return manifests.flatMap((manifest) =>
    [...valueIssues(manifest), ...manifestIssues(manifest.kind, manifest.manifest)].map((issue) =>
      placed(issue, manifest.locate),
    ),
  );
}

/**
 * What each stage of manifests serves: a set for each stage that a project is linked to, or that has definitions of its
 * flags; of a project without stages, its flags by themselves.
 */
export function manifestSets(manifests: readonly FileManifest[]): readonly LocalSet[] {
  const projects = new Map<string | undefined, Project>();
  for (const manifest of manifests) {
    const { kind, project, stage, id } = identityOf(manifest);
    if (!OF_SETS.has(kind) || id === undefined) continue;
    const own = projects.get(project) ?? { flags: new Map(), contexts: new Map(), stages: new Map() };
    projects.set(project, own);
    if (kind === 'FeatureFlag') add(own.flags, id, manifest);
    else if (kind === 'Context') add(own.contexts, id, manifest);
    else if (kind === 'ProjectStage') stageOf(own, id);
    else add(stageOf(own, stage), id, manifest);
  }
  return [...projects].flatMap(([name, project]) => {
    if (project.stages.size === 0 && project.flags.size > 0) return [setOf(name, undefined, project, new Map())];
    return [...project.stages].map(([stage, definitions]) => setOf(name, stage, project, definitions));
  });
}

const OF_SETS: ReadonlySet<string> = new Set(['FeatureFlag', 'Context', 'ProjectStage', 'FeatureFlagStage']);

type ById = Map<string, FileManifest>;

interface Project {
  readonly flags: ById;
  readonly contexts: ById;
  readonly stages: Map<string | undefined, ById>;
}

/** The first one counts; that there is another is told by whoever read them. */
function add(found: ById, id: string, manifest: FileManifest): void {
  if (!found.has(id)) found.set(id, manifest);
}

function stageOf({ stages }: Project, id: string | undefined): ById {
  const there = stages.get(id);
  if (there !== undefined) return there;
  const made: ById = new Map();
  stages.set(id, made);
  return made;
}

function setOf(
  project: string | undefined,
  stage: string | undefined,
  { flags, contexts }: Project,
  definitions: ById,
): LocalSet {
  const parts = [...flags.values(), ...definitions.values(), ...contexts.values()];
  const forms = formIssues(parts);
  const { document, issues } = stageDocument({
    flags: specsOf<FeatureFlagSpec>(flags),
    definitions: specsOf<FeatureFlagStageSpec>(definitions),
    contexts: specsOf<ContextSpec>(contexts),
  });
  const first = parts[0];
  const locate = ([section, key, member, ...rest]: Path): Place | undefined => {
    const own = section === 'attributes' ? contexts.get(String(key)) : flags.get(String(key));
    const over = section === 'flags' ? definitions.get(String(key)) : undefined;
    if (member === undefined) return (own ?? over ?? first)?.locate([]);
    const says = isRecord(over?.manifest.spec) && Object.hasOwn(over.manifest.spec, member);
    return (says ? over : (own ?? over ?? first))?.locate(['spec', member, ...rest]);
  };
  const lone = [...definitions].filter(([id]) => !flags.has(id)).map(([id, manifest]) => withoutFlag(id, manifest));
  const set = compiledSet({
    project,
    stage,
    title: [project ?? 'flags', ...(stage === undefined ? [] : [stage])].join('/'),
    document,
    locate,
    issues: [...forms, ...lone, ...issues.map((issue) => atFault(issue, locate))],
  });
  // what has not the form of a flag is not told of again for what it means
  const told = new Set(forms.filter(({ severity }) => severity === 'error').map(({ place }) => nameOf(place)));
  const numbers = [...flags].flatMap(([id, manifest]) =>
    valueIssues(manifest).map(({ path }) => formatPath(['flags', id, ...path.slice(1)])),
  );
  const isOfNumber = ({ code, path }: Issue): boolean =>
    code === 'wrong-type' && numbers.some((number) => number.startsWith(formatPath(path)));
  const kept = set.issues.filter(
    (issue) => forms.includes(issue) || (!told.has(nameOf(issue.place)) && !isOfNumber(issue)),
  );
  return { ...set, issues: kept };
}

const nameOf = (place: Place | undefined): string => `${place?.file}:${place?.line}:${place?.column}`;

function specsOf<Spec>(manifests: ById): ReadonlyMap<string, Spec> {
  const specs = [...manifests].filter(([, { manifest }]) => isRecord(manifest.spec));
  return new Map(specs.map(([id, { manifest }]) => [id, manifest.spec as Spec]));
}

function withoutFlag(id: string, { locate }: FileManifest): Issue {
  return placed(
    {
      severity: 'warning',
      code: 'unknown-flag',
      path: ['metadata', 'featureFlagId'],
      message: `there is no manifest of the flag ${JSON.stringify(id)} among the files, so what it does is not known`,
    },
    locate,
  );
}

function placed(issue: Issue, locate: (path: Path) => Place | undefined): Issue {
  const place = locate(issue.path);
  return place === undefined ? issue : { ...issue, place };
}
