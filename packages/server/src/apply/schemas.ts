import type { JsonSchema } from '@flagwright/core';
import { ISSUE } from '../schema/answers.ts';

/** As many manifests may be applied at once. */
export const MOST_ITEMS = 1_000;

/** The kinds that may be applied. */
const KINDS = [
  'Project',
  'Stage',
  'ProjectStage',
  'Context',
  'Template',
  'FeatureFlag',
  'FeatureFlagStage',
  'ChangeRequest',
];

/** The body: what is wrong with one of the manifests is told of that one. */
export const APPLYING: JsonSchema = {
  title: 'Applying',
  description: 'Manifests to apply, in this order.',
  type: 'object',
  additionalProperties: false,
  properties: {
    items: {
      type: 'array',
      maxItems: MOST_ITEMS,
      items: {
        type: 'object',
        description: `A manifest of any kind, as it is sent alone: ${KINDS.join(', ')}.`,
        tsType: 'Readonly<Record<string, unknown>>',
      },
    },
    atomic: { type: 'boolean', description: 'All of them, or none: one that fails undoes the others. Default: false.' },
    comment: {
      type: 'string',
      maxLength: 5_000,
      description: 'Why, of those that do not say so themselves; kept in the history.',
    },
  },
  required: ['items'],
};

const APPLIED: JsonSchema = {
  title: 'Applied',
  description: 'What came of one: it has a result, or a problem, or was undone with others, and then neither.',
  type: 'object',
  properties: {
    index: { type: 'integer', description: 'Which of those that were sent, from 0.' },
    kind: { type: 'string' },
    id: { type: 'string' },
    metadata: { type: 'object', additionalProperties: { type: 'string' } },
    result: { type: 'string', enum: ['created', 'updated', 'unchanged'] },
    version: { type: 'string' },
    warnings: { type: 'array', items: ISSUE },
    before: { description: 'The spec that was there, of a dry run; null: there was none.' },
    after: { description: 'The spec that would be there, of a dry run.' },
    problem: { type: 'object', description: 'As the answer to it alone would have been.' },
  },
  required: ['index', 'kind', 'id', 'metadata', 'warnings'],
};

/** The answer. */
export const APPLY_RESULT: JsonSchema = {
  title: 'ApplyResult',
  type: 'object',
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    applied: { type: 'boolean', description: 'False: `atomic` was asked for, one failed, and nothing was done.' },
    items: { type: 'array', items: APPLIED, description: 'In the order in which they were sent.' },
  },
  required: ['apiVersion', 'kind', 'applied', 'items'],
};
