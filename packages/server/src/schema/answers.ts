import type { JsonSchema } from '@flagwright/core';

const ref = (name: string): JsonSchema => ({ $ref: `#/definitions/${name}` });

const common: Readonly<Record<string, JsonSchema>> = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  id: { type: 'string' },
  metadata: ref('ResourceMetadata'),
  version: { type: 'string', description: 'Opaque: send it back in If-Match.' },
  modificationInfo: ref('ModificationInfo'),
};

/** Something doubtful, or wrong. */
export const ISSUE: JsonSchema = {
  title: 'Issue',
  type: 'object',
  properties: {
    severity: { type: 'string', enum: ['error', 'warning'] },
    code: { type: 'string' },
    path: { type: 'array', items: { type: ['string', 'integer'] } },
    message: { type: 'string' },
    expected: { type: 'string' },
    hint: { type: 'string' },
  },
  required: ['severity', 'code', 'path', 'message'],
};

/** A resource as it is answered. */
export function resourceSchema(kind: string): JsonSchema {
  return {
    title: kind,
    type: 'object',
    properties: {
      ...common,
      spec: ref(`${kind}Spec`),
      status: { type: 'object', description: 'What the server knows of it beside.' },
    },
    required: ['apiVersion', 'kind', 'id', 'metadata', 'spec', 'version', 'modificationInfo'],
  };
}

/** A resource that was written: what came of it, and what is doubtful of it. */
export function savedSchema(kind: string): JsonSchema {
  const { properties, required = [] } = resourceSchema(kind);
  return {
    title: `Saved${kind}`,
    type: 'object',
    properties: {
      ...properties,
      result: { type: 'string', enum: ['created', 'updated', 'unchanged', 'deleted', 'approved', 'applied', 'closed'] },
      warnings: { type: 'array', items: ISSUE },
    },
    required: [...required, 'result', 'warnings'],
  };
}

/** A page of resources. */
export function listSchema(kind: string): JsonSchema {
  return {
    title: `${kind}List`,
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      items: { type: 'array', items: resourceSchema(kind) },
      totalCount: { type: 'integer' },
      page: { type: 'integer' },
      pageSize: { type: 'integer' },
    },
    required: ['apiVersion', 'kind', 'items', 'totalCount', 'page', 'pageSize'],
  };
}
