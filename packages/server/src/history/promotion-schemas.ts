import type { JsonSchema } from '@flagwright/core';
import { resourceSchema } from '../schema/answers.ts';
import { DECISIONS } from '../schema/definitions.ts';
import { WARNINGS } from './schemas.ts';

const stage = (description: string): JsonSchema => ({
  type: 'string',
  minLength: 1,
  maxLength: 63,
  pattern: '^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$',
  description,
  'x-expected': 'the id of a stage',
});

export const PROMOTION: JsonSchema = {
  title: 'Promotion',
  description: 'From which stage to which.',
  type: 'object',
  additionalProperties: false,
  properties: {
    from: stage('The stage whose definition is taken.'),
    to: stage('The stage that is to have it.'),
    comment: { type: 'string', maxLength: 5_000, description: 'Why; kept in the history.' },
    only: {
      type: 'array',
      minItems: 1,
      maxItems: DECISIONS.length,
      items: { type: 'string', enum: DECISIONS },
      description: 'Which members are taken over. Default: all.',
    },
    asChangeRequest: {
      type: 'boolean',
      description: 'Makes a change request instead of changing anything. Default: false.',
    },
  },
  required: ['from', 'to'],
};

const { properties, required = [] } = resourceSchema('FeatureFlagStage');

export const PROMOTED: JsonSchema = {
  title: 'Promoted',
  description: 'The stage definition that was changed, or the change request that was made.',
  type: 'object',
  properties: {
    ...properties,
    kind: { type: 'string', enum: ['FeatureFlagStage', 'ChangeRequest'] },
    spec: { type: 'object', description: 'Of the kind.' },
    result: { type: 'string', enum: ['created', 'updated', 'unchanged'] },
    warnings: WARNINGS,
    effect: { type: 'object', description: 'Whom it moves, and from what to what, in exact shares.' },
    effectText: { type: 'string', description: 'The same as lines for people.' },
  },
  required: [...required, 'result', 'warnings'],
};
