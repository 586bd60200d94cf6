import type { Field, Fields } from '../query/field.ts';
import type { Kind } from './resource.ts';

const text = (sql: string): Field => ({ sql, type: 'text' });
const spec = (name: string): Field => text(`spec ->> '${name}'`);

const COMMON: Readonly<Record<string, Field>> = {
  id: text('id'),
  'metadata.id': text('id'),
  version: { sql: 'version', type: 'number' },
  'modificationInfo.createdTime': { sql: 'created_at', type: 'time' },
  'modificationInfo.createdBy': text('created_by'),
  'modificationInfo.lastModifiedTime': { sql: 'modified_at', type: 'time' },
  'modificationInfo.lastModifiedBy': text('modified_by'),
};

const NAMED = { name: spec('name'), description: spec('description') };
const OWNED = { ...NAMED, owners: { sql: "spec -> 'owners'", type: 'texts' } as const };

/** A change of what is off unless said otherwise. */
const flagged = (name: string): Field => ({ sql: `coalesce((spec ->> '${name}')::boolean, false)`, type: 'boolean' });

const DECISION: Readonly<Record<string, Field>> = {
  projectId: text('project'),
  featureFlagId: text('id'),
  stageId: text('stage'),
  enabled: flagged('enabled'),
  defaultVariant: spec('defaultVariant'),
  targeting: { sql: "(spec -> 'targeting' is not null or spec -> 'rules' is not null)", type: 'boolean' },
};

/** A request that is approved waits for its time, and is shown as that. */
const APPROVED = `case when status ->> 'state' = 'pending' and status ->> 'approvedBy' is not null then 'approved' end`;

/** By what lists are filtered and sorted. */
export const FIELDS: Readonly<Record<Kind, Fields>> = {
  Project: fieldsOf(OWNED),
  Stage: fieldsOf(OWNED),
  ProjectStage: fieldsOf({
    projectId: text('project'),
    stageId: text('id'),
    requireChangeRequest: flagged('requireChangeRequest'),
    requireSecondApprover: flagged('requireSecondApprover'),
  }),
  FeatureFlag: fieldsOf({
    ...NAMED,
    projectId: text('project'),
    type: spec('type'),
    owner: spec('owner'),
    tags: { sql: "spec -> 'tags'", type: 'texts' },
    enabled: flagged('enabled'),
    defaultVariant: spec('defaultVariant'),
    archived: flagged('archived'),
  }),
  FeatureFlagStage: fieldsOf(DECISION),
  Context: fieldsOf({ ...NAMED, projectId: text('project'), type: spec('type') }),
  Template: fieldsOf({ ...NAMED, type: text("spec -> 'flag' ->> 'type'") }),
  ChangeRequest: fieldsOf({
    ...DECISION,
    featureFlagId: spec('featureFlagId'),
    comment: spec('comment'),
    status: { ...text("status ->> 'state'"), also: APPROVED },
    requester: text('created_by'),
    approvedBy: text("status ->> 'approvedBy'"),
    approvedToken: text("status ->> 'approvedToken'"),
    applyAt: { sql: "(spec ->> 'applyAt')::timestamptz", type: 'time' },
  }),
};

function fieldsOf(own: Readonly<Record<string, Field>>): Fields {
  const named = Object.entries({ ...COMMON, ...own });
  // a field is also found by the place it has in the resource
  const whole = named.flatMap(([name, field]) =>
    field.sql.startsWith('spec ') || field.sql.startsWith('coalesce((spec') ? [[`spec.${name}`, field] as const] : [],
  );
  return new Map([...named, ...whole]);
}
