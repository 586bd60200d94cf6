import type { JsonSchema } from '@flagwright/core';
import type { Parameter } from '../http/operation.ts';
import { ISSUE } from '../schema/answers.ts';

const nullable = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });

const CONTENT: JsonSchema = nullable({
  type: 'object',
  description: 'What it said; null: it was not there.',
  properties: { spec: { description: 'Of the kind of the resource.' }, status: { description: 'The server’s own.' } },
});

const entry: Readonly<Record<string, JsonSchema>> = {
  version: { type: 'string', description: 'The version since this change.' },
  at: { type: 'string', format: 'date-time', description: 'When, by the clock of the database.' },
  actor: { type: 'string', description: 'Who.' },
  token: nullable({ type: 'string', description: 'The id of the token it was done with.' }),
  requestId: { type: 'string', description: 'The request it was done by, as the log of the server has it.' },
  action: { type: 'string', description: '`create`, `update`, `delete`, `rollback`, `promote`, `apply` and others.' },
  comment: nullable({ type: 'string', description: 'Why.' }),
  forced: { type: 'boolean', description: 'Whether a protection or a check was overridden.' },
  before: CONTENT,
  after: CONTENT,
  details: { description: 'What else is known of it, e.g. the version that was rolled back to.' },
};

const named: Readonly<Record<string, JsonSchema>> = {
  kind: { type: 'string' },
  project: { type: 'string' },
  stage: { type: 'string' },
  id: { type: 'string' },
};

export const ENTRY: JsonSchema = {
  title: 'HistoryEntry',
  type: 'object',
  properties: entry,
  required: Object.keys(entry),
};

const AUDIT_ENTRY: JsonSchema = {
  title: 'AuditEntry',
  type: 'object',
  properties: { ...named, ...entry },
  required: ['kind', 'id', ...Object.keys(entry)],
};

const pageOf = (title: string, item: JsonSchema): JsonSchema => ({
  title,
  type: 'object',
  properties: {
    items: { type: 'array', items: item },
    totalCount: { type: 'integer' },
    page: { type: 'integer' },
    pageSize: { type: 'integer' },
  },
  required: ['items', 'totalCount', 'page', 'pageSize'],
});

export const HISTORY: JsonSchema = pageOf('History', ENTRY);
export const AUDIT: JsonSchema = pageOf('Audit', AUDIT_ENTRY);

/** Differences of two values, by `resources/difference.ts`. */
export const DIFFERENCES: JsonSchema = {
  type: 'array',
  description: 'At most 1,000 of them.',
  items: {
    title: 'Difference',
    type: 'object',
    properties: {
      op: { type: 'string', enum: ['add', 'remove', 'replace'] },
      path: { type: 'string', description: 'A JSON pointer (RFC 6901).' },
      from: { description: 'What was there.' },
      to: { description: 'What is there.' },
    },
    required: ['op', 'path'],
  },
};

export const VERSION_DIFFERENCE: JsonSchema = {
  title: 'VersionDifference',
  type: 'object',
  properties: { from: { type: 'string' }, to: { type: 'string' }, differences: DIFFERENCES },
  required: ['from', 'to', 'differences'],
};

/** A version as decimal text; it fits a `bigint`. */
export const VERSION: JsonSchema = {
  type: 'string',
  maxLength: 18,
  pattern: '^(?:0|[1-9][0-9]*)$',
  'x-expected': 'a version, as "42"',
};

export const ROLLBACK: JsonSchema = {
  title: 'Rollback',
  description: 'Which version to go back to.',
  type: 'object',
  additionalProperties: false,
  properties: {
    version: { ...VERSION, description: 'The version after which it was as it is to be again.' },
    comment: { type: 'string', maxLength: 5_000, description: 'Why; kept in the history.' },
  },
  required: ['version'],
};

export const WARNINGS: JsonSchema = { type: 'array', items: ISSUE };

export const PAGE_PARAMETERS: Readonly<Record<'page' | 'pageSize', Parameter>> = {
  page: { description: 'Which page, from 1. Default: 1.', schema: { type: 'integer', minimum: 1, maximum: 1_000_000 } },
  pageSize: {
    description: 'How many to a page. Default: 100.',
    schema: { type: 'integer', minimum: 1, maximum: 1_000 },
  },
};
