import { FlagError, type JsonSchema, jsonEqual, preview } from '@flagwright/core';
import type { Definitions } from './shape.ts';

/** Schemas of an OpenAPI document, by name. */
export type Components = Record<string, object>;

/** What makes schemas of ours fit for OpenAPI 3.1, and keeps those that are referred to by name. */
export interface SchemaWriter {
  /** The schemas so far. */
  readonly components: Components;
  write(schema: JsonSchema): object;
}

/**
 * Writes schemas: `#/definitions/<name>` becomes `#/components/schemas/<name>`, what schemas bring along of definitions
 * is kept once, and what only our own tools read is left out.
 */
export function schemaWriter(definitions: Definitions): SchemaWriter {
  const components: Components = {};
  const write = (schema: JsonSchema): object => {
    keepAll(schema.definitions ?? {});
    return Object.fromEntries(Object.entries(schema).flatMap(([key, value]) => keyword(key, value, write)));
  };
  const keepAll = (schemas: Definitions): void => {
    for (const [name, schema] of Object.entries(schemas)) keep(components, name, write(schema));
  };
  keepAll(definitions);
  return { components, write };
}

/** Throws `FlagError('INVALID_ARGUMENT')` for two schemas of one name, or a name that OpenAPI does not know. */
function keep(components: Components, name: string, schema: object): void {
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    throw new FlagError('INVALID_ARGUMENT', `no schema can be named ${preview(name)}`);
  if (Object.hasOwn(components, name) && !jsonEqual(components[name], schema)) {
    throw new FlagError('INVALID_ARGUMENT', `there are two schemas ${preview(name)}, and they are not the same`);
  }
  components[name] = schema;
}

const OURS: ReadonlySet<string> = new Set(['tsType', 'definitions', '$schema', '$id']);

type Entry = readonly [key: string, value: unknown];

/** A keyword of a schema with its value, or nothing. */
function keyword(key: string, value: unknown, write: (schema: JsonSchema) => object): readonly Entry[] {
  if (OURS.has(key) || key.startsWith('x-')) return [];
  switch (key) {
    case '$ref':
      return [[key, String(value).replace('#/definitions/', '#/components/schemas/')]];
    case 'properties': {
      const properties = Object.entries(value as Definitions);
      return [[key, Object.fromEntries(properties.map(([name, schema]) => [name, write(schema)]))]];
    }
    case 'anyOf':
      return [[key, (value as readonly JsonSchema[]).map(write)]];
    case 'items':
      return [[key, write(value as JsonSchema)]];
    case 'additionalProperties':
      return [[key, typeof value === 'boolean' ? value : write(value as JsonSchema)]];
    default:
      return [[key, value]];
  }
}
