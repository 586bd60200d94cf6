import type { ParserOptions, SerializerOptions } from '@electric-sql/pglite';

/** Object identifiers of types, as in the catalogue `pg_type`. */
const INT8 = 20;
const BYTEA = 17;

/** Answers as node-postgres gives them: `bigint` as text, bytes as a `Buffer`. Arrays of them follow. */
export const PARSERS: ParserOptions = {
  [INT8]: (text) => text,
  [BYTEA]: (text) => Buffer.from(text.slice(2), 'hex'),
};

/** Values are texts when they come here, but bytes are refused as such. */
export const SERIALIZERS: SerializerOptions = { [BYTEA]: (text: string) => text };

/** A value of a statement as node-postgres sends it, whatever the type of the parameter; null is SQL's. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return arrayOf(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** An array as PostgreSQL reads it: section 8.15 of its manual. */
function arrayOf(values: readonly unknown[]): string {
  const items = values.map((value) => {
    if (Array.isArray(value)) return arrayOf(value);
    const text = textOf(value);
    return text === null ? 'NULL' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  });
  return `{${items.join(',')}}`;
}
