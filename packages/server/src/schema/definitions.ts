import { documentSchema, type JsonSchema } from '@flagwright/core';

const ref = (name: string): JsonSchema => ({ $ref: `#/definitions/${name}` });
const flagProperties = documentSchema.definitions!.flag!.properties!;

const ID = '^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$';

/** The id of a project, a stage or a template. */
const id: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 63,
  pattern: ID,
  description: 'An id: small letters, digits and hyphens within, at most 63 characters.',
  'x-expected': 'small letters, digits, and hyphens within; at most 63 characters',
};

const flagId: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 200,
  pattern: '^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$',
  description: 'The key of a flag: letters, digits, and `-`, `_`, `.` within, at most 200 characters.',
  'x-expected': 'letters, digits, and - _ . within; at most 200 characters',
};

const short = (description: string): JsonSchema => ({ type: 'string', minLength: 1, maxLength: 200, description });
const long = (description: string): JsonSchema => ({ type: 'string', maxLength: 5_000, description });
const timestamp = (description: string): JsonSchema => ({
  type: 'string',
  format: 'date-time',
  maxLength: 40,
  description,
  'x-expected': 'an RFC 3339 date and time, e.g. 2026-01-31T12:00:00Z',
});

const owners: JsonSchema = {
  type: 'array',
  maxItems: 100,
  items: { type: 'string', minLength: 1, maxLength: 200 },
  description: 'Who answers for it.',
};

const closed = (title: string, description: string, properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  title,
  description,
  type: 'object',
  additionalProperties: false,
  'x-unknown': 'error',
  properties,
});

/** What decides in one stage; a change request may set the same. */
const decisions: Readonly<Record<string, JsonSchema>> = {
  enabled: { type: 'boolean', description: 'Whether the flag decides at all in this stage.' },
  defaultVariant: {
    ...flagProperties.defaultVariant!,
    description: 'The variant served when nothing else decides; without one, the code default is.',
  },
  offVariant: flagProperties.offVariant!,
  targeting: flagProperties.targeting!,
  rules: { ...flagProperties.rules!, maxItems: 1_000 },
  targets: { ...flagProperties.targets!, maxItems: 1_000 },
  fallthrough: flagProperties.fallthrough!,
  prerequisites: { ...flagProperties.prerequisites!, maxItems: 100 },
  experiment: flagProperties.experiment!,
};

/** The names of what decides in one stage. */
export const DECISIONS: readonly string[] = Object.keys(decisions);

const specs: Readonly<Record<string, JsonSchema>> = {
  ProjectSpec: closed('ProjectSpec', 'A container of flags, context attributes and links to stages.', {
    name: short('A display name. Default: the id.'),
    description: long('What it is for.'),
    owners,
  }),
  StageSpec: closed('StageSpec', 'A deployment environment.', {
    name: short('A display name. Default: the id.'),
    description: long('What it is for.'),
    owners,
  }),
  ProjectStageSpec: closed('ProjectStageSpec', 'The link of a stage to a project, and its protection.', {
    requireChangeRequest: {
      type: 'boolean',
      description: 'Whether what the stage serves is changed by change requests only. Default: false.',
    },
    requireSecondApprover: {
      type: 'boolean',
      description: 'Whether whoever asked for a change may not apply it. Default: false.',
    },
  }),
  FeatureFlagSpec: {
    ...closed(
      'FeatureFlagSpec',
      'The blueprint of a flag: its type, its variants and what holds where no stage says otherwise.',
      {
        name: short('A display name. Default: the id.'),
        description: long('What the flag is for.'),
        type: {
          type: 'string',
          enum: ['BOOLEAN', 'STRING', 'NUMBER', 'INTEGER', 'OBJECT'],
          description: 'The type of every variant.',
        },
        variants: {
          anyOf: [
            { type: 'array', maxItems: 1_000, items: ref('variant') },
            {
              type: 'object',
              maxProperties: 1_000,
              additionalProperties: { description: 'The value.', tsType: 'unknown' },
            },
          ],
          description:
            'The values to choose from: a map of name to value, or a list. A BOOLEAN flag without has off and on.',
          'x-expected': 'a map of name to value, or a list of {name, value}',
        },
        enabled: { type: 'boolean', description: 'Whether the flag is on where a stage does not say. Default: false.' },
        defaultVariant: decisions.defaultVariant!,
        offVariant: decisions.offVariant!,
        prerequisites: decisions.prerequisites!,
        salt: { ...flagProperties.salt!, maxLength: 200 },
        owner: short('Who answers for the flag.'),
        tags: {
          type: 'array',
          maxItems: 100,
          items: { type: 'string', minLength: 1, maxLength: 100 },
          description: 'Words to find the flag by.',
        },
        metadata: { ...documentSchema.definitions!.metadata!, maxProperties: 100 },
        archived: {
          type: 'boolean',
          description: 'Whether the flag is kept for its history only: no stage serves it. Default: false.',
        },
      },
    ),
    required: ['type'],
  },
  FeatureFlagStageSpec: closed('FeatureFlagStageSpec', 'What a flag does in one stage.', decisions),
  ContextSpec: {
    ...closed('ContextSpec', 'An attribute that contexts carry and targeting may use.', {
      name: short('A display name. Default: the id.'),
      description: long('What the attribute says.'),
      type: {
        type: 'string',
        enum: ['STRING', 'NUMBER', 'BOOLEAN', 'VERSION'],
        description: 'The type of its values; VERSION compares as semantic versions.',
      },
    }),
    required: ['type'],
  },
  TemplateSpec: {
    ...closed('TemplateSpec', 'A flag to make others of: its definition, and what it does in stages.', {
      name: short('A display name. Default: the id.'),
      description: long('What flags it is for.'),
      flag: ref('FeatureFlagSpec'),
      stages: {
        type: 'object',
        maxProperties: 100,
        additionalProperties: ref('FeatureFlagStageSpec'),
        description: 'The stage definitions, by the ids of their stages.',
      },
    }),
    required: ['flag'],
  },
  ChangeRequestSpec: {
    ...closed(
      'ChangeRequestSpec',
      'A change of a stage definition, to be decided upon. Only what is here is changed; null takes it out.',
      {
        projectId: id,
        featureFlagId: flagId,
        stageId: id,
        featureFlagStageDefinitionVersion: {
          type: 'string',
          maxLength: 40,
          description:
            'The version of the stage definition it was written for; `0`: there is none. Default: the one at creation.',
        },
        comment: long('Why.'),
        applyAt: timestamp('When to apply it, once it is approved. Default: at once.'),
        ...Object.fromEntries(Object.entries(decisions).map(([name, schema]) => [name, nullable(schema)])),
      },
    ),
    required: ['projectId', 'featureFlagId', 'stageId'],
  },
};

/** The same, or null. */
function nullable(schema: JsonSchema): JsonSchema {
  if (schema.anyOf !== undefined) return { ...schema, anyOf: [...schema.anyOf, { type: 'null' }] };
  if (schema.type === undefined) return schema;
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
  return types.includes('null') ? schema : { ...schema, type: [...types, 'null'] };
}

const metadata: JsonSchema = closed('ResourceMetadata', 'By what a resource is found.', {
  id: { ...flagId, description: 'The id; a flag’s key. Default: made of the name.' },
  project: id,
  stage: id,
  featureFlagId: flagId,
});

const modificationInfo: JsonSchema = {
  title: 'ModificationInfo',
  description: 'When and by whom; the server’s own, ignored in requests.',
  type: 'object',
  additionalProperties: false,
  properties: {
    createdTime: timestamp('When it was made.'),
    createdBy: { type: 'string' },
    lastModifiedTime: timestamp('When it was last changed.'),
    lastModifiedBy: { type: 'string' },
  },
};

/** Kinds whose ids are not those of flags and attributes, which applications name. */
const PLAIN: ReadonlySet<string> = new Set(['Project', 'Stage', 'Template']);

function metadataOf(kind: string): JsonSchema {
  if (!PLAIN.has(kind)) return ref('ResourceMetadata');
  const properties = { ...metadata.properties, id: { ...id, description: 'The id. Default: made of the name.' } };
  return { ...metadata, title: `${kind}Metadata`, properties };
}

/** All schemas of the API, by name, with those of core that they refer to. */
export const DEFINITIONS: Readonly<Record<string, JsonSchema>> = {
  ...documentSchema.definitions,
  ...specs,
  ResourceMetadata: metadata,
  ModificationInfo: modificationInfo,
};

/** A resource as it is sent to the server: the manifest of a kind. What is the server’s own is ignored. */
export function manifestSchema(kind: string): JsonSchema {
  return {
    ...closed(`${kind}Manifest`, `A ${kind}, as it is sent.`, {
      apiVersion: { type: 'string', enum: [API_VERSION], description: 'The version of the format.' },
      kind: { type: 'string', enum: [kind], description: 'The kind of resource.' },
      id: { type: 'string', maxLength: 200, description: 'The same as metadata.id.' },
      metadata: metadataOf(kind),
      spec: ref(`${kind}Spec`),
      version: {
        type: 'string',
        maxLength: 40,
        description: 'The version that is changed; another one there is a conflict.',
      },
      comment: long('Why; kept in the history.'),
      status: { description: 'The server’s own, ignored.', tsType: 'unknown' },
      modificationInfo: { description: 'The server’s own, ignored.', tsType: 'unknown' },
      warnings: { description: 'The server’s own, ignored.', tsType: 'unknown' },
      result: { description: 'The server’s own, ignored.', tsType: 'unknown' },
    }),
    required: ['spec'],
  };
}

/** A change of a resource by RFC 7396: what is here is changed, null takes it out. */
export function patchSchema(kind: string): JsonSchema {
  return {
    ...closed(`${kind}Patch`, `A change of a ${kind}: a JSON merge patch (RFC 7396) of its spec.`, {
      spec: {
        type: 'object',
        description: 'What to change; null takes it out.',
        tsType: 'Readonly<Record<string, unknown>>',
      },
      version: {
        type: 'string',
        maxLength: 40,
        description: 'The version that is changed; another one there is a conflict.',
      },
      comment: long('Why; kept in the history.'),
    }),
    required: ['spec'],
  };
}

/** The version of the format of manifests. */
export const API_VERSION = 'feature-flag/v0.3';

/** Where the API is. */
export const BASE = '/platform/feature-flag-management/v0.3';
