import type { JsonSchema } from './json-schema.ts';
import { OPERATOR_NAMES } from './operators/index.ts';

const ref = (name: string): JsonSchema => ({ $ref: `#/definitions/${name}` });
const text = (description: string): JsonSchema => ({ type: 'string', description, 'x-warn': true });
const anything = (description: string): JsonSchema => ({ description, tsType: 'unknown' });
const timestamp = (description: string): JsonSchema => ({
  type: 'string',
  format: 'date-time',
  description,
  'x-expected': 'an RFC 3339 date and time, e.g. 2026-01-31T12:00:00Z',
  'x-warn': true,
});

const variationRef: JsonSchema = {
  type: ['integer', 'string'],
  description: 'A variant, by name or by its position in `variants` counting from 0.',
  'x-expected': 'the name of a variant, or its position counting from 0',
};

const flag: JsonSchema = {
  title: 'FlagDefinition',
  description: 'A feature flag: which value is served to whom.',
  type: 'object',
  additionalProperties: false,
  'x-unknown': 'near',
  properties: {
    key: { type: 'string', minLength: 1, description: 'The key, where flags are given as a list.' },
    name: text('A display name.'),
    description: text('What the flag is for.'),
    type: {
      type: 'string',
      enum: ['boolean', 'bool', 'string', 'integer', 'int', 'number', 'float', 'json', 'object'],
      description:
        'The type of every value: boolean (bool), string, integer (int), number (float) or json (object). Read off the variants or the default when absent.',
    },
    enabled: { type: 'boolean', description: 'Whether the flag decides at all. Default: true.' },
    state: {
      type: 'string',
      enum: ['ENABLED', 'DISABLED'],
      description: "flagd's word for `enabled`.",
    },
    default: anything('The value served when nothing else decides, and while the flag is off without an `offVariant`.'),
    variants: {
      anyOf: [
        { type: 'array', items: ref('variant') },
        { type: 'object', additionalProperties: anything('The value.') },
      ],
      description: 'The values to choose from: a list, or a map of name to value.',
      'x-expected': 'a list of {name, value}, or a map of name to value',
    },
    defaultVariant: {
      type: ['string', 'null', 'boolean'],
      description: "The variant served when no rule decides; null or absent: `default`, else the caller's own default.",
    },
    offVariant: { type: ['string', 'boolean'], description: 'The variant served while the flag is off.' },
    fallthrough: {
      anyOf: [variationRef, ref('fallthrough')],
      description: 'What is served when no rule decides: a variant or a rollout.',
      'x-expected': 'a variant, or {variation} or {rollout}',
    },
    prerequisites: {
      type: 'array',
      items: ref('prerequisite'),
      description: 'Other flags that must be on and serve a given variant; otherwise this flag is off.',
    },
    targets: {
      type: 'array',
      items: ref('target'),
      description: 'Single keys and the variant each is served, before any rule.',
    },
    rules: { type: 'array', items: ref('rule'), description: 'The first rule that matches decides.' },
    targeting: {
      type: ['object', 'string', 'null'],
      description: 'JSON Logic that yields the name of a variant (flagd); instead of `rules`.',
      'x-expected': 'a JSON Logic expression, as an object or as JSON text',
      tsType: 'Readonly<Record<string, unknown>> | string | null',
    },
    salt: {
      type: 'string',
      description: 'What is hashed before the bucketing value. Default: the flag key. Changing it moves every user.',
    },
    bucketing: ref('bucketing'),
    experiment: {
      type: 'boolean',
      description:
        'Whether random splits count as an experiment. Default: true where more than one variant has weight.',
    },
    metadata: ref('metadata'),
    owner: text('Who answers for the flag.'),
    tags: { type: 'array', items: { type: 'string' }, description: 'Words to find the flag by.', 'x-warn': true },
    createdAt: timestamp('When the flag was made.'),
    updatedAt: timestamp('When the flag was last changed.'),
    created_at: timestamp('Same as `createdAt`.'),
    updated_at: timestamp('Same as `updatedAt`.'),
  },
};

const definitions: Readonly<Record<string, JsonSchema>> = {
  flag,
  variant: {
    title: 'VariantDefinition',
    description: 'One of the values a flag can serve.',
    type: 'object',
    additionalProperties: false,
    'x-unknown': 'near',
    required: ['name', 'value'],
    properties: {
      name: {
        type: 'string',
        minLength: 1,
        description: 'The name; unique within the flag.',
        'x-hint': "quote it: a YAML 1.1 tool turns on, off, yes and no into booleans, so write 'on' and 'off'",
      },
      value: anything('The value served; of the type of the flag.'),
      weight: {
        type: 'integer',
        minimum: 0,
        maximum: 2_147_483_647,
        description: 'The share of users, relative to the weights of the other variants, when no rule decides.',
        'x-expected': 'a whole number, 0 or more',
      },
      description: text('What the variant means.'),
    },
  },
  rule: {
    title: 'RuleDefinition',
    description: 'Serves a variant or a rollout to those who match every clause; no clauses: to everybody.',
    type: 'object',
    additionalProperties: false,
    'x-unknown': 'error',
    properties: {
      id: { type: 'string', description: 'Named in the evaluation. Default: the position, e.g. `rule-0`.' },
      name: text('A display name.'),
      description: text('Whom the rule is for.'),
      clauses: { type: 'array', items: ref('clause'), description: 'Conditions, all of which must hold.' },
      variation: variationRef,
      percentage: {
        type: 'number',
        minimum: 0,
        maximum: 100,
        description:
          'With `variation`: serve it only to this share of those who match, 0 to 100; the others go on to the next rule.',
      },
      rollout: ref('rollout'),
    },
  },
  clause: {
    title: 'ClauseDefinition',
    description: 'A condition on one attribute of the context. An attribute that is missing never matches.',
    type: 'object',
    additionalProperties: false,
    'x-unknown': 'error',
    required: ['operator'],
    properties: {
      attribute: {
        type: 'string',
        minLength: 1,
        description: 'The attribute: its exact name, else a dotted path. `key` is the targeting key.',
      },
      operator: {
        type: 'string',
        enum: OPERATOR_NAMES,
        description: 'How the attribute is compared with the values.',
      },
      values: {
        type: 'array',
        items: anything('A value to compare with.'),
        description: 'One of them must match (for `neq` and `notIn`: none).',
        'x-hint': 'write a list, also for a single value: values: ["US"]',
      },
      negate: { type: 'boolean', description: 'Turns the result round; a missing attribute still does not match.' },
    },
  },
  rollout: {
    title: 'RolloutDefinition',
    description: 'Splits users at random, yet always the same user to the same variant.',
    type: 'object',
    additionalProperties: false,
    'x-unknown': 'error',
    required: ['variations'],
    properties: {
      bucketBy: {
        type: 'string',
        minLength: 1,
        description: 'The attribute whose value is hashed. Default: `key`, the targeting key.',
      },
      variations: {
        type: 'array',
        minItems: 1,
        items: ref('weightedVariation'),
        description: 'Shares in order; what is left of 100000 goes to the last.',
      },
      kind: {
        type: 'string',
        enum: ['rollout', 'experiment'],
        description: 'An experiment is reported as such (`inExperiment`); a rollout is not.',
      },
      salt: { type: 'string', description: 'Hashed before the value, instead of the salt of the flag.' },
      bucketing: ref('bucketing'),
    },
  },
  weightedVariation: {
    title: 'WeightedVariation',
    description: 'A variant and its share of a rollout.',
    type: 'object',
    additionalProperties: false,
    'x-unknown': 'error',
    required: ['variation', 'weight'],
    properties: {
      variation: variationRef,
      weight: {
        type: 'integer',
        minimum: 0,
        maximum: 100_000,
        description: 'The share in thousandths of a percent: 20000 is 20 %.',
        'x-expected': 'a whole number from 0 to 100000 (20000 is 20 %)',
      },
      untracked: { type: 'boolean', description: 'Served, but not part of the experiment.' },
    },
  },
  fallthrough: {
    title: 'FallthroughDefinition',
    description: 'What is served when no rule decides.',
    type: 'object',
    additionalProperties: false,
    'x-unknown': 'error',
    properties: { variation: variationRef, rollout: ref('rollout') },
  },
  prerequisite: {
    title: 'PrerequisiteDefinition',
    description: 'Another flag that must be on and serve this variant.',
    type: 'object',
    additionalProperties: false,
    'x-unknown': 'error',
    required: ['key', 'variation'],
    properties: {
      key: { type: 'string', minLength: 1, description: 'The other flag.' },
      variation: variationRef,
    },
  },
  target: {
    title: 'TargetDefinition',
    description: 'Targeting keys that are served one variant.',
    type: 'object',
    additionalProperties: false,
    'x-unknown': 'error',
    required: ['variation', 'values'],
    properties: {
      variation: variationRef,
      values: { type: 'array', items: { type: 'string' }, description: 'Targeting keys.' },
    },
  },
  segment: {
    title: 'SegmentDefinition',
    description: 'A named group of users, for the operator `inSegment`.',
    type: 'object',
    additionalProperties: false,
    'x-unknown': 'error',
    properties: {
      name: text('A display name.'),
      description: text('Who is in it.'),
      included: { type: 'array', items: { type: 'string' }, description: 'Targeting keys that are always in.' },
      excluded: {
        type: 'array',
        items: { type: 'string' },
        description: 'Targeting keys that are out, unless included.',
      },
      rules: {
        type: 'array',
        items: ref('segmentRule'),
        description: 'Those who match one of these are in.',
      },
    },
  },
  segmentRule: {
    title: 'SegmentRuleDefinition',
    description: 'Those who match every clause.',
    type: 'object',
    additionalProperties: false,
    'x-unknown': 'error',
    required: ['clauses'],
    properties: {
      id: text('A name for people.'),
      clauses: { type: 'array', minItems: 1, items: ref('clause'), description: 'Conditions, all of which must hold.' },
    },
  },
  attribute: {
    title: 'AttributeDefinition',
    description: 'What an attribute of the evaluation context is.',
    type: 'object',
    additionalProperties: false,
    required: ['type'],
    properties: {
      type: ref('attributeType'),
      name: text('A display name.'),
      description: text('What the attribute says.'),
      required: { type: 'boolean', description: 'Every context has it.', 'x-warn': true },
    },
  },
  attributeType: {
    type: 'string',
    enum: ['boolean', 'string', 'number', 'integer', 'version', 'date', 'list', 'object'],
    title: 'AttributeType',
    description: 'The type of an attribute; `version` is compared as a semantic version by JSON Logic.',
  },
  override: {
    title: 'OverrideDefinition',
    description: 'A value that wins over everything the flag says, for development: any JSON, or {variant: name}.',
    tsType: 'unknown',
  },
  bucketing: {
    title: 'Bucketing',
    type: 'string',
    enum: ['murmur3'],
    description: 'The hash that splits use: MurmurHash3 x86 32-bit of UTF-8(salt + value), as flagd v2 has it.',
  },
  metadata: {
    title: 'FlagMetadata',
    type: 'object',
    description: 'Facts for people and tools, carried with every evaluation. Flat.',
    additionalProperties: {
      type: ['string', 'number', 'boolean'],
      'x-warn': true,
      'x-hint': 'metadata is flat: write a list or a map as text',
    },
    'x-warn': true,
  },
};

/**
 * The flag document: the one definition from which the TypeScript types (`document.generated.ts`), the validation and
 * the published schema come. Reads the seed dialect and flagd's: a flagd definition file is a document as it is.
 */
export const documentSchema: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'urn:flagwright:flags:v1',
  title: 'FlagDocument',
  description: 'A set of feature flags.',
  type: 'object',
  additionalProperties: false,
  'x-expected': 'a map with `flags`',
  properties: {
    $schema: { type: 'string', description: 'The schema, for editors.', 'x-warn': true },
    flags: {
      description: 'The flags: a map of key to definition, or a list of definitions with `key`.',
      anyOf: [
        { type: 'object', additionalProperties: ref('flag') },
        { type: 'array', items: ref('flag') },
      ],
      'x-expected': 'a map of flag key to definition',
      tsType:
        'Readonly<Record<string, FlagDefinition>> | ReadonlyMap<string, FlagDefinition> | readonly FlagDefinition[]',
    },
    segments: {
      type: 'object',
      additionalProperties: ref('segment'),
      description: 'Named groups of users.',
    },
    $evaluators: {
      type: 'object',
      additionalProperties: anything('A JSON Logic expression.'),
      description: 'JSON Logic shared between flags by {"$ref": name}.',
    },
    attributes: {
      type: 'object',
      additionalProperties: {
        anyOf: [ref('attributeType'), ref('attribute')],
        'x-expected': 'a type, or {type, description, required}',
      },
      description: 'The attributes a context may carry, and their types.',
    },
    overrides: {
      type: 'object',
      additionalProperties: ref('override'),
      description: 'Flag key to the value it is forced to.',
    },
    bucketing: ref('bucketing'),
    metadata: ref('metadata'),
  },
  definitions,
};
