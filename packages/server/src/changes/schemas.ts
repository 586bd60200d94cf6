import type { JsonSchema } from '@flagwright/core';

const object = (title: string, description: string, properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  title,
  description,
  type: 'object',
  additionalProperties: false,
  properties,
});

const comment: JsonSchema = { type: 'string', maxLength: 5_000, description: 'Why; kept with the request.' };
const version: JsonSchema = {
  type: 'string',
  maxLength: 40,
  description: 'The version of the request that was looked at, as in If-Match; another one there is a conflict.',
};

/** The body that closes a request. */
export const CLOSING: JsonSchema = object('ChangeRequestClosing', 'Why a request is closed.', { comment, version });

/** The body that applies a request. */
export const APPLYING: JsonSchema = object('ChangeRequestApplying', 'Why a request is applied, and how.', {
  comment,
  version,
  force: {
    type: 'boolean',
    description: 'Whether it is applied onto what is there now, whatever it was written for. For approvers.',
  },
});

/** What a request would do, and to whom. */
export const EFFECT: JsonSchema = {
  title: 'ChangeRequestEffect',
  type: 'object',
  properties: {
    id: { type: 'string' },
    version: { type: 'string' },
    effect: { type: 'object', description: 'Whom it moves, and from what to what, in exact shares.' },
    text: { type: 'string', description: 'The same as lines for people.' },
  },
  required: ['id', 'version', 'effect', 'text'],
};
