import type { Kind } from '../nouns/noun.ts';
import { effect } from './effect-shape.ts';
import {
  both,
  count,
  either,
  formed,
  list,
  mapOf,
  maybe,
  number,
  object,
  oneOf,
  optional,
  orNull,
  record,
  type Shape,
  text,
  time,
  truth,
} from './shape.ts';

const step: Shape = (value, at) => (typeof value === 'number' ? undefined : text(value, at));

/** Something doubtful, or wrong. */
export const issue: Shape = object({
  message: text,
  path: list(step),
  expected: optional(text),
  hint: optional(text),
});

/** One place at which two values differ. */
export const difference: Shape = object({ op: oneOf('add', 'remove', 'replace'), path: text });

/** What an id may be: others would lead elsewhere in a path. */
export const id: Shape = formed('id', (value) => /^\w[\w.-]*$/.test(value));

const variation: Shape = (value, at) => (typeof value === 'number' ? undefined : text(value, at));
const variant = maybe(either(truth, text));
const named = { name: maybe(text), description: maybe(text) };
const owned = { ...named, owners: maybe(list(text)) };
const decisions = {
  enabled: maybe(truth),
  defaultVariant: variant,
  offVariant: variant,
  prerequisites: maybe(list(object({ key: text, variation }))),
};
const ofStage = {
  ...decisions,
  targeting: maybe(either(text, record)),
  rules: maybe(list(record)),
  targets: maybe(list(record)),
  experiment: maybe(truth),
};
const ofFlag = {
  ...named,
  ...decisions,
  type: text,
  variants: maybe(either(record, list(object({ name: text })))),
  salt: maybe(text),
  owner: maybe(text),
  tags: maybe(list(text)),
  metadata: maybe(record),
  archived: maybe(truth),
};

const SPECS: Readonly<Record<Kind, Shape>> = {
  Project: object(owned),
  Stage: object(owned),
  Template: object({ ...named, flag: object(ofFlag), stages: maybe(mapOf(object(ofStage))) }),
  ProjectStage: object({ requireChangeRequest: maybe(truth), requireSecondApprover: maybe(truth) }),
  Context: object({ ...named, type: text }),
  FeatureFlag: object(ofFlag),
  FeatureFlagStage: object(ofStage),
  ChangeRequest: object({
    ...ofStage,
    projectId: text,
    featureFlagId: text,
    stageId: text,
    featureFlagStageDefinitionVersion: maybe(text),
    comment: maybe(text),
    applyAt: maybe(text),
  }),
};

/** What the server knows beside; of a change request it says each time what became of it. */
const STATUSES: Readonly<Partial<Record<Kind, Shape>>> = {
  Project: optional(object({ stages: optional(count) })),
  Stage: optional(object({ projects: optional(count) })),
  FeatureFlag: optional(
    object({
      stagesActive: optional(count),
      stagesLinked: optional(count),
      stages: optional(mapOf(object({ defined: truth, enabled: truth }))),
    }),
  ),
  ChangeRequest: object({
    state: text,
    requester: text,
    editors: optional(list(text)),
    approvedBy: optional(text),
    approvedAt: optional(time),
    decidedBy: optional(text),
    decidedAt: optional(time),
    decisionComment: optional(text),
    appliedVersion: optional(text),
    conflict: optional(
      object({ currentVersion: text, flagVersion: optional(text), difference: optional(list(difference)) }),
    ),
    failure: optional(object({ code: text, message: text })),
    effect: optional(effect),
  }),
};

const at = { id: optional(text), project: optional(text), stage: optional(text), featureFlagId: optional(text) };
const METADATA: Readonly<Partial<Record<Kind, Shape>>> = {
  ProjectStage: object({ ...at, project: text }),
  FeatureFlag: object({ ...at, project: text }),
  FeatureFlagStage: object({ ...at, project: text, stage: text, featureFlagId: text }),
  Context: object({ ...at, project: text }),
};

/** A resource of a kind, as it is answered. */
export function resource(kind: Kind): Shape {
  return object({
    id,
    kind: oneOf(kind),
    metadata: METADATA[kind] ?? object(at),
    spec: SPECS[kind],
    status: STATUSES[kind] ?? optional(record),
    version: text,
    modificationInfo: object({ createdTime: time, createdBy: text, lastModifiedTime: time, lastModifiedBy: text }),
  });
}

/** A manifest of any kind, as it is exported. */
export const manifest: Shape = (value, where) => {
  const { kind } = (typeof value === 'object' && value !== null ? value : {}) as { readonly kind?: unknown };
  const own = typeof kind === 'string' && Object.hasOwn(SPECS, kind) ? SPECS[kind as Kind] : record;
  return object({ kind: text, metadata: object(at), spec: own })(value, where);
};

/** A resource that was written: what came of it. */
export function saved(...kinds: readonly Kind[]): Shape {
  return both(
    either(...kinds.map(resource)),
    object({
      result: oneOf('created', 'updated', 'unchanged', 'deleted', 'approved', 'applied', 'closed'),
      warnings: list(issue),
    }),
  );
}

/** What came of one of many manifests that were applied. */
export const applied: Shape = object({
  index: count,
  kind: text,
  id: text,
  metadata: maybe(record),
  result: optional(oneOf('created', 'updated', 'unchanged')),
  version: optional(text),
  warnings: list(issue),
  before: maybe(record),
  after: maybe(record),
  problem: optional(
    object({ status: number, detail: text, code: text, hint: optional(text), issues: maybe(list(issue)) }),
  ),
});

/** A change, as a history has it. */
export const entry: Shape = object({
  // they are compared as numbers
  version: formed('version', (value) => /^\d{1,40}$/.test(value)),
  at: time,
  actor: text,
  action: text,
  comment: orNull(text),
  forced: truth,
  token: maybe(text),
  requestId: maybe(text),
  project: maybe(text),
  stage: maybe(text),
  before: orNull(record),
  after: orNull(record),
});

/** What one flag requires of another. */
export const dependency: Shape = object({
  flag: text,
  requires: text,
  variation,
  stages: optional(list(text)),
});
