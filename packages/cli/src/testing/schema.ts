import type { JsonSchema } from '@flagwright/core';

const closed = (properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  'x-unknown': 'error',
  properties,
  required,
});

const text: JsonSchema = { type: 'string', minLength: 1, maxLength: 1_000, 'x-expected': 'text' };
const context: JsonSchema = { type: 'object', 'x-expected': 'a map of attributes' };

const percentage: JsonSchema = {
  anyOf: [
    { type: 'string', maxLength: 20, pattern: '^\\d{1,3}(?:\\.\\d+)? ?%$', 'x-expected': 'a percentage, as 10%' },
    { type: 'number', minimum: 0, maximum: 100, 'x-expected': 'a percentage, from 0 to 100' },
  ],
  'x-expected': 'a percentage, as 10%',
};

const REASONS = [
  ...['STATIC', 'DEFAULT', 'TARGETING_MATCH', 'SPLIT', 'DISABLED', 'PREREQUISITE_FAILED', 'ERROR'],
  ...['FALLTHROUGH', 'TARGET_MATCH', 'RULE_MATCH', 'OFF'],
];

const expectation: JsonSchema = {
  anyOf: [
    { type: ['string', 'boolean', 'number'] },
    closed({
      variant: text,
      value: {},
      reason: { type: 'string', enum: REASONS },
      rule: text,
      error: { type: 'string', enum: ['FLAG_NOT_FOUND', 'PARSE_ERROR', 'GENERAL'] },
      codeDefault: { type: 'boolean', enum: [true] },
    }),
  ],
  'x-expected': 'the name of a variant, or a map with variant, value, reason, rule, error or codeDefault',
};

const row: JsonSchema = {
  anyOf: [
    { type: 'array', 'x-expected': 'a context and what is expected' },
    closed({ name: text, context, expect: { $ref: '#/definitions/expectation' } }, ['expect']),
  ],
  'x-expected': '[context, expected], or a map with context and expect',
};

const share: JsonSchema = closed(
  {
    contexts: {
      type: 'integer',
      minimum: 100,
      maximum: 1_000_000,
      'x-expected': 'how many contexts, from 100 to 1000000',
    },
    vary: text,
    expect: { type: 'object', maxProperties: 1_000, additionalProperties: percentage },
    within: percentage,
  },
  ['expect'],
);

const test: JsonSchema = closed(
  {
    name: text,
    flag: text,
    project: text,
    stage: text,
    at: text,
    context,
    expect: { $ref: '#/definitions/expectation' },
    table: { type: 'array', minItems: 1, maxItems: 10_000, items: row },
    share,
  },
  ['flag'],
);

/** What a file of tests looks like. */
export const TEST_FILE: JsonSchema = {
  ...closed(
    {
      $schema: text,
      files: { anyOf: [text, { type: 'array', minItems: 1, maxItems: 100, items: text }] },
      project: text,
      stage: text,
      at: text,
      defaults: closed({ context }),
      tests: { type: 'array', minItems: 1, maxItems: 10_000, items: test },
    },
    ['tests'],
  ),
  definitions: { expectation, context },
};
