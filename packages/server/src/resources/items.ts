import type { Call } from '../http/operation.ts';
import { BASE } from '../schema/definitions.ts';
import { type Key, type Kind, keys } from './resource.ts';

/** What is asked for. What is not given may be anything: a change request is found by its id alone. */
export interface Subject {
  readonly kind: Kind;
  readonly project?: string | undefined;
  readonly stage?: string | undefined;
  readonly id: string;
}

/** Where one resource of a kind is in the API: the only such table. */
export interface Item<S extends Subject = Subject> {
  /** As in `getFeatureFlag`. */
  readonly one: Kind;
  readonly tag: string;
  readonly path: string;
  readonly subject: (params: Call['params']) => S;
}

const PROJECT = `${BASE}/projects/{project}`;

export const PROJECT_ITEM: Item<Key> = {
  one: 'Project',
  tag: 'Projects',
  path: PROJECT,
  subject: ({ project }) => keys.project(project!),
};

export const STAGE_ITEM: Item<Key> = {
  one: 'Stage',
  tag: 'Stages',
  path: `${BASE}/stages/{stage}`,
  subject: ({ stage }) => keys.stage(stage!),
};

export const LINK_ITEM: Item<Key> = {
  one: 'ProjectStage',
  tag: 'Projects',
  path: `${PROJECT}/stages/{stage}`,
  subject: ({ project, stage }) => keys.link(project!, stage!),
};

export const FLAG_ITEM: Item<Key> = {
  one: 'FeatureFlag',
  tag: 'Feature Flag Definitions',
  path: `${PROJECT}/feature-flags/{flag}`,
  subject: ({ project, flag }) => keys.flag(project!, flag!),
};

export const DEFINITION_ITEM: Item<Key> = {
  one: 'FeatureFlagStage',
  tag: 'Feature Flag Stage Definitions',
  path: `${PROJECT}/stages/{stage}/feature-flags/{flag}`,
  subject: ({ project, stage, flag }) => keys.definition(project!, stage!, flag!),
};

export const CONTEXT_ITEM: Item<Key> = {
  one: 'Context',
  tag: 'Contexts',
  path: `${PROJECT}/contexts/{context}`,
  subject: ({ project, context }) => keys.context(project!, context!),
};

export const TEMPLATE_ITEM: Item<Key> = {
  one: 'Template',
  tag: 'Templates',
  path: `${BASE}/templates/{template}`,
  subject: ({ template }) => keys.template(template!),
};

export const CHANGE_REQUEST_ITEM: Item = {
  one: 'ChangeRequest',
  tag: 'Change Requests',
  path: `${BASE}/change-requests/{request}`,
  subject: ({ request }) => ({ kind: 'ChangeRequest', id: request! }),
};
