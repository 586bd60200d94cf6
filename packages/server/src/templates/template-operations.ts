import type { JsonSchema } from '@flagwright/core';
import type { Database } from '../database/database.ts';
import type { Operation } from '../http/operation.ts';
import { TEMPLATE_ITEM } from '../resources/items.ts';
import { shown } from '../resources/manifest.ts';
import { type Offer, operationsOf } from '../resources/operations.ts';
import { DRY_RUN, FORCE } from '../resources/parameters.ts';
import { resourceSchema, savedSchema } from '../schema/answers.ts';
import { BASE } from '../schema/definitions.ts';
import type { TemplateSpec } from '../schema/resources.generated.ts';
import { type Instantiation, instantiate } from './instantiate.ts';
import { templateRules } from './template-rules.ts';

/** What the API offers of templates. */
export const TEMPLATES: Offer<TemplateSpec> = {
  rules: templateRules,
  item: TEMPLATE_ITEM,
  listing: () => ({ kind: 'Template' }),
  write: 'administer',
};

const INSTANTIATION: JsonSchema = {
  title: 'Instantiation',
  description: 'The flag to make of a template.',
  type: 'object',
  additionalProperties: false,
  properties: {
    id: {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      pattern: '^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$',
      description: 'The key of the flag.',
      'x-expected': 'letters, digits, and - _ . within; at most 200 characters',
    },
    name: { type: 'string', minLength: 1, maxLength: 200, description: 'A display name. Default: the id.' },
    description: { type: 'string', maxLength: 5_000, description: 'Default: that of the template’s flag.' },
    owner: { type: 'string', minLength: 1, maxLength: 200, description: 'Default: that of the template’s flag.' },
    stages: {
      type: 'array',
      maxItems: 100,
      items: { type: 'string', minLength: 1, maxLength: 63, pattern: '^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$' },
      description: 'The stages to make definitions for. Default: all of the template that the project is linked to.',
    },
    strict: {
      type: 'boolean',
      description: 'Refuses all of it where a stage is protected, instead of leaving that one out. Default: false.',
    },
    comment: { type: 'string', maxLength: 5_000, description: 'Why; kept in the history.' },
  },
  required: ['id'],
};

const saved = savedSchema('FeatureFlag');

const INSTANTIATED: JsonSchema = {
  ...saved,
  title: 'InstantiatedFeatureFlag',
  properties: {
    ...saved.properties,
    stageDefinitions: { type: 'array', items: resourceSchema('FeatureFlagStage'), description: 'Those made with it.' },
  },
  required: [...(saved.required ?? []), 'stageDefinitions'],
};

/** What can be done with templates: all that can be with any resource, and flags made of them. */
export function templateOperations(database: Database): readonly Operation[] {
  return [
    ...operationsOf(database, TEMPLATES),
    {
      id: 'instantiateTemplate',
      method: 'POST',
      path: `${BASE}/projects/{project}/templates/{template}/instantiate`,
      tag: TEMPLATE_ITEM.tag,
      summary: 'Makes a flag of a template, with its stage definitions, all at once',
      access: 'write',
      query: { dryRun: DRY_RUN, force: FORCE },
      body: INSTANTIATION,
      answers: { 201: { description: 'The flag.', schema: INSTANTIATED } },
      async handle(call) {
        // of the shape of the schema, which the router has checked
        const body = call.body as Instantiation;
        const { flag, definitions, warnings } = await database.write(
          (transaction) => instantiate(transaction, call, body),
          { dryRun: call.query.dryRun === true },
        );
        return {
          status: 201,
          body: {
            ...shown(flag),
            result: 'created',
            warnings,
            stageDefinitions: definitions.map((definition) => shown(definition)),
          },
          headers: {
            etag: `"${flag.version}"`,
            location: `${BASE}/projects/${flag.project}/feature-flags/${flag.id}`,
          },
        };
      },
    },
  ];
}
