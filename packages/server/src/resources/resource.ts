/** The kinds of resource. `ProjectStage` is the link of a stage to a project. */
export type Kind =
  | 'Project'
  | 'Stage'
  | 'ProjectStage'
  | 'FeatureFlag'
  | 'FeatureFlagStage'
  | 'Context'
  | 'ChangeRequest'
  | 'Template';

/** By what a resource is found; `project` and `stage` are empty where a kind has none. */
export interface Key {
  readonly kind: Kind;
  readonly project: string;
  readonly stage: string;
  /** A stage definition has that of its flag, a link that of its stage. */
  readonly id: string;
}

/** A resource as it is stored. */
export interface Resource<Spec = unknown, Status = unknown> extends Key {
  /** Opaque; of one sequence over all resources, so never used twice. */
  readonly version: string;
  readonly spec: Spec;
  readonly status: Status;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly modifiedAt: Date;
  readonly modifiedBy: string;
}

export const keys: {
  readonly project: (id: string) => Key;
  readonly stage: (id: string) => Key;
  readonly link: (project: string, stage: string) => Key;
  readonly flag: (project: string, id: string) => Key;
  readonly definition: (project: string, stage: string, flag: string) => Key;
  readonly context: (project: string, id: string) => Key;
  readonly template: (id: string) => Key;
} = {
  project: (id) => ({ kind: 'Project', project: '', stage: '', id }),
  stage: (id) => ({ kind: 'Stage', project: '', stage: '', id }),
  link: (project, stage) => ({ kind: 'ProjectStage', project, stage: '', id: stage }),
  flag: (project, id) => ({ kind: 'FeatureFlag', project, stage: '', id }),
  definition: (project, stage, flag) => ({ kind: 'FeatureFlagStage', project, stage, id: flag }),
  context: (project, id) => ({ kind: 'Context', project, stage: '', id }),
  template: (id) => ({ kind: 'Template', project: '', stage: '', id }),
};

const NOUNS: Readonly<Record<Kind, string>> = {
  Project: 'project',
  Stage: 'stage',
  ProjectStage: 'link to stage',
  FeatureFlag: 'feature flag',
  FeatureFlagStage: 'stage definition of feature flag',
  Context: 'context attribute',
  ChangeRequest: 'change request',
  Template: 'template',
};

/** A resource in words: `feature flag "my-flag" in project "my-app"`. */
export function named({ kind, project, stage, id }: Key): string {
  const places = [
    ...(project === '' ? [] : [`project ${JSON.stringify(project)}`]),
    ...(stage === '' ? [] : [`stage ${JSON.stringify(stage)}`]),
  ];
  const where = kind === 'ChangeRequest' || places.length === 0 ? '' : ` in ${places.join(', ')}`;
  return `${NOUNS[kind]} ${JSON.stringify(id)}${where}`;
}
