import type { JsonSchema } from '@flagwright/core';
import type { Verb } from '../access/principal.ts';
import type { Database } from '../database/database.ts';
import type { Call, Operation, Parameter } from '../http/operation.ts';
import { listSchema, resourceSchema, savedSchema } from '../schema/answers.ts';
import { manifestSchema, patchSchema } from '../schema/definitions.ts';
import type {
  ContextSpec,
  FeatureFlagSpec,
  FeatureFlagStageSpec,
  ProjectSpec,
  ProjectStageSpec,
  StageSpec,
} from '../schema/resources.generated.ts';
import { definitionRules } from './definition-rules.ts';
import { flagRules } from './flag-rules.ts';
import { CONTEXT_ITEM, DEFINITION_ITEM, FLAG_ITEM, type Item, LINK_ITEM, PROJECT_ITEM, STAGE_ITEM } from './items.ts';
import { type Listing, listReply } from './list.ts';
import { shown } from './manifest.ts';
import { newKey } from './new-key.ts';
import { COMMENT, DRY_RUN, FORCE, LIST_PARAMETERS } from './parameters.ts';
import { contextRules, linkRules, projectRules, stageRules } from './plain-rules.ts';
import type { Key } from './resource.ts';
import type { Rules } from './rules.ts';
import { notFound, release, save } from './save.ts';
import { statuses } from './status.ts';
import { find } from './table.ts';

/** What the API offers of a kind of resource. */
export interface Offer<Spec> {
  readonly rules: Rules<Spec> & { readonly upserts?: boolean };
  /** Where one is; all of them are a segment above. */
  readonly item: Item<Key>;
  readonly listing: (params: Call['params']) => Listing;
  /** What it takes to change one. */
  readonly write: Verb;
}

/** What the API offers of projects. */
export const PROJECTS: Offer<ProjectSpec> = {
  rules: projectRules,
  item: PROJECT_ITEM,
  listing: () => ({ kind: 'Project' }),
  write: 'administer',
};

/** What the API offers of stages. */
export const STAGES: Offer<StageSpec> = {
  rules: stageRules,
  item: STAGE_ITEM,
  listing: () => ({ kind: 'Stage' }),
  write: 'administer',
};

/** What the API offers of links of stages to projects. */
export const LINKS: Offer<ProjectStageSpec> = {
  rules: linkRules,
  item: LINK_ITEM,
  listing: ({ project }) => ({ kind: 'ProjectStage', project }),
  write: 'administer',
};

/** What the API offers of flags. */
export const FLAGS: Offer<FeatureFlagSpec> = {
  rules: flagRules,
  item: FLAG_ITEM,
  listing: ({ project }) => ({ kind: 'FeatureFlag', project }),
  write: 'write',
};

/** What the API offers of stage definitions. */
export const DEFINITIONS: Offer<FeatureFlagStageSpec> = {
  rules: definitionRules,
  item: DEFINITION_ITEM,
  listing: ({ project, stage }) => ({ kind: 'FeatureFlagStage', project, stage }),
  write: 'write',
};

/** What the API offers of context attributes. */
export const CONTEXTS: Offer<ContextSpec> = {
  rules: contextRules,
  item: CONTEXT_ITEM,
  listing: ({ project }) => ({ kind: 'Context', project }),
  write: 'write',
};

/** Create, list, read, replace, patch and delete, of every kind of resource. */
export function resourceOperations(database: Database): readonly Operation[] {
  return [
    ...operationsOf(database, PROJECTS),
    ...operationsOf(database, STAGES),
    ...operationsOf(database, LINKS),
    ...operationsOf(database, FLAGS),
    ...operationsOf(database, DEFINITIONS),
    everyStageDefinition(database),
    ...operationsOf(database, CONTEXTS),
  ];
}

/** What can be done with a kind of resource. */
export function operationsOf<Spec>(database: Database, offer: Offer<Spec>): readonly Operation[] {
  const { rules, item, write } = offer;
  const { one, tag, path } = item;
  const { kind } = rules;
  const collection = path.slice(0, path.lastIndexOf('/'));
  const saved: JsonSchema = savedSchema(kind);
  const writing = { dryRun: DRY_RUN, force: FORCE };
  return [
    {
      id: `list${one}s`,
      method: 'GET',
      path: collection,
      tag,
      summary: `Lists ${one}s`,
      access: 'read',
      query: kind === 'FeatureFlag' ? { ...LIST_PARAMETERS, archived: ARCHIVED } : LIST_PARAMETERS,
      answers: { 200: { description: 'A page of them.', schema: listSchema(kind) } },
      handle: ({ params, query, who }) => {
        const where = kind === 'FeatureFlag' && query.archived !== true ? NOT_ARCHIVED : undefined;
        return listReply(database, { ...offer.listing(params), where }, who, query);
      },
    },
    {
      id: `create${one}`,
      method: 'POST',
      path: collection,
      tag,
      summary: `Creates a ${one}`,
      access: write,
      query: writing,
      body: manifestSchema(kind),
      answers: { 201: { description: 'It was created.', schema: saved } },
      handle: async (call) => save(database, rules, call, newKey(kind, call), 'create'),
    },
    {
      id: `get${one}`,
      method: 'GET',
      path,
      tag,
      summary: `Reads a ${one}`,
      access: 'read',
      answers: { 200: { description: 'It, as it is now.', schema: resourceSchema(kind) } },
      async handle({ params, who }) {
        const key = item.subject(params);
        const resource = await find(database, key);
        if (resource === undefined) throw notFound(key);
        const more = await statuses(database, kind, [resource], who);
        return { body: shown(resource, more.get(resource)), headers: { etag: `"${resource.version}"` } };
      },
    },
    {
      id: `replace${one}`,
      method: 'PUT',
      path,
      tag,
      summary: `Replaces a ${one}, or creates it`,
      access: write,
      query: writing,
      body: manifestSchema(kind),
      answers: {
        200: { description: 'It was replaced, or was the same.', schema: saved },
        201: { description: 'It was created.', schema: saved },
      },
      handle: async (call) => save(database, rules, call, newKey(kind, call, item.subject(call.params)), 'replace'),
    },
    {
      id: `update${one}`,
      method: 'PATCH',
      path,
      tag,
      summary: `Changes a ${one}`,
      description: rules.upserts === true ? 'Creates it if it is not there.' : undefined,
      access: write,
      query: writing,
      body: patchSchema(kind),
      answers: { 200: { description: 'It was changed, or was so already.', schema: saved } },
      handle: async (call) => save(database, rules, call, item.subject(call.params), 'patch'),
    },
    {
      id: `delete${one}`,
      method: 'DELETE',
      path,
      tag,
      summary: `Deletes a ${one}`,
      access: write,
      query: { ...writing, comment: COMMENT },
      answers: { 200: { description: 'It was deleted; as it was.', schema: saved } },
      handle: async (call) => release(database, rules, call, item.subject(call.params)),
    },
  ];
}

const ARCHIVED: Parameter = { description: 'Lists archived flags, too.', schema: { type: 'boolean' } };
const NOT_ARCHIVED = "(spec ->> 'archived') is distinct from 'true'";

/** The stage definitions of all stages of a project. */
function everyStageDefinition(database: Database): Operation {
  return {
    id: 'listFeatureFlagStagesOfProject',
    method: 'GET',
    path: `${PROJECT_ITEM.path}/feature-flag-stages`,
    tag: 'Feature Flag Stage Definitions',
    summary: 'Lists the stage definitions of all stages of a project',
    access: 'read',
    query: LIST_PARAMETERS,
    answers: { 200: { description: 'A page of them.', schema: listSchema('FeatureFlagStage') } },
    handle: ({ params, query, who }) =>
      listReply(database, { kind: 'FeatureFlagStage', project: params.project }, who, query),
  };
}
