import type { JsonSchema } from '@flagwright/core';
import { ROLES } from './principal.ts';

const NAME: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 100,
  pattern: '^[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N} ._@:/+-]*[\\p{L}\\p{M}\\p{N}])?$',
  'x-expected': 'letters and digits, and blanks and . _ @ : / + - within; at most 100 characters',
};

const SCOPE: JsonSchema = {
  type: ['array', 'null'],
  minItems: 1,
  maxItems: 100,
  items: { type: 'string', minLength: 1, maxLength: 63, pattern: '^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$' },
};

const TIME: JsonSchema = {
  type: ['string', 'null'],
  format: 'date-time',
  maxLength: 40,
  'x-expected': 'an RFC 3339 date and time, e.g. 2026-01-31T12:00:00Z, or null',
};

const name: JsonSchema = { ...NAME, description: 'The name, of which there is only one.' };
const role: JsonSchema = { type: 'string', enum: ROLES, description: 'What it may do.' };
const projects: JsonSchema = { ...SCOPE, description: 'The projects it is for; null: all.' };
const stages: JsonSchema = { ...SCOPE, description: 'The stages it is for; null: all.' };
const expiresAt: JsonSchema = { ...TIME, description: 'When it ends to hold; null: never.' };

const object = (title: string, properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]) =>
  ({ title, type: 'object', additionalProperties: false, properties, required }) as const satisfies JsonSchema;

/** What a token is made of. */
export const NEW_TOKEN: JsonSchema = object(
  'NewToken',
  {
    name,
    subject: { ...NAME, description: 'The person or program, as the history names it. Default: the name.' },
    role,
    projects: { ...projects, description: 'The projects it is for. Default: all; exactly one with the role sdk.' },
    stages: { ...stages, description: 'The stages it is for. Default: all; exactly one with the role sdk.' },
    expiresAt: { ...expiresAt, description: 'When it ends to hold. Default: never.' },
  },
  ['name', 'role'],
);

/** What may be changed of a token. */
export const TOKEN_CHANGE: JsonSchema = { ...object('TokenChange', { name, expiresAt }, []) };

const TOKEN_PROPERTIES: Readonly<Record<string, JsonSchema>> = {
  id: { type: 'string', description: 'By what it is found: the middle of its text.' },
  name,
  subject: { type: 'string', description: 'The person or program, as the history names it.' },
  role,
  projects,
  stages,
  createdAt: { ...TIME, type: 'string', description: 'When it was made.' },
  createdBy: { type: 'string', description: 'The subject of who made it.' },
  expiresAt,
  revokedAt: { ...TIME, description: 'When it was revoked; null: it was not.' },
  lastUsedAt: { ...TIME, description: 'About when it was used last; null: never.' },
};

/** A token, without anything secret. */
export const TOKEN: JsonSchema = object('Token', TOKEN_PROPERTIES, Object.keys(TOKEN_PROPERTIES));

/** A token that was made, with its text. */
export const ISSUED_TOKEN: JsonSchema = object(
  'IssuedToken',
  {
    ...TOKEN_PROPERTIES,
    token: { type: 'string', description: 'The token to send; it is shown only here, and stored nowhere.' },
  },
  [...Object.keys(TOKEN_PROPERTIES), 'token'],
);

/** A page of tokens. */
export const TOKEN_LIST: JsonSchema = object(
  'TokenList',
  {
    items: { type: 'array', items: TOKEN },
    totalCount: { type: 'integer', description: 'How many there are on all pages.' },
    page: { type: 'integer' },
    pageSize: { type: 'integer' },
  },
  ['items', 'totalCount', 'page', 'pageSize'],
);

/** Who asks. */
export const WHO: JsonSchema = object(
  'WhoAmI',
  {
    subject: { type: 'string', description: 'As the history names who asks.' },
    role,
    projects,
    stages,
    may: { type: 'array', items: { type: 'string' }, description: 'What the role may do.' },
    token: { ...TOKEN, type: ['object', 'null'], description: 'The token; null on a server that asks for none.' },
  },
  ['subject', 'role', 'projects', 'stages', 'may', 'token'],
);
