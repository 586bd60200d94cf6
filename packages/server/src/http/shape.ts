import { compileShape, FlagError, type Issue, isRecord, type JsonSchema } from '@flagwright/core';
import { Problem } from './problem.ts';

/** Schemas by name, for `#/definitions/<name>`. */
export type Definitions = Readonly<Record<string, JsonSchema>>;

/** Throws `Problem('INVALID_SPEC')` if a value is not of a shape. */
export type Check = (value: unknown) => void;

const MOST_ISSUES = 50;

/**
 * Compiles schemas for what is sent to the server: unknown fields are errors wherever an object is closed, for a client
 * that misspells one would believe it set. Throws `FlagError('INVALID_ARGUMENT')` for a reference that leads nowhere.
 */
export function shapes(definitions: Definitions): (schema: JsonSchema) => Check {
  const known = strictAll(definitions);
  return (schema) => {
    const root = { ...strict(schema), definitions: { ...known, ...strictAll(schema.definitions ?? {}) } };
    checkReferences(root, root.definitions, new Set());
    const shape = compileShape(root).document;
    return (value) => {
      const issues: Issue[] = [];
      let count = 0;
      shape(value, [], (issue) => {
        if (issue.severity === 'error' && ++count <= MOST_ISSUES) issues.push(issue);
      });
      if (count > 0) throw invalid(issues, count);
    };
  };
}

function invalid(issues: readonly Issue[], count: number): Problem {
  const [first] = issues;
  const expected = first!.expected === undefined ? '' : `; expected ${first!.expected}`;
  const more = count > 1 ? ` (and ${count - 1} more)` : '';
  return new Problem('INVALID_SPEC', `the body is not what it should be: ${first!.message}${expected}${more}`, {
    issues,
    hint: first!.hint,
  });
}

function strictAll(schemas: Definitions): Definitions {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, strict(schema)]));
}

/** A schema with unknown properties as errors, all the way down. */
function strict(schema: JsonSchema): JsonSchema {
  const { properties, additionalProperties, items, anyOf } = schema;
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: strictAll(properties) }),
    ...(additionalProperties === false ? { 'x-unknown': 'error' } : {}),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: strict(additionalProperties) } : {}),
    ...(items === undefined ? {} : { items: strict(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(strict) }),
  };
}

/** A schema is compiled where it is first needed: what is missing must show when the server starts. */
function checkReferences(schema: unknown, definitions: Definitions, seen: Set<string>): void {
  if (Array.isArray(schema)) for (const inner of schema) checkReferences(inner, definitions, seen);
  if (!isRecord(schema)) return;
  for (const [key, inner] of Object.entries(schema)) {
    if (key === 'definitions') continue;
    if (key !== '$ref' || typeof inner !== 'string') {
      checkReferences(inner, definitions, seen);
      continue;
    }
    const name = inner.replace('#/definitions/', '');
    if (seen.has(name)) continue;
    seen.add(name);
    const target = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
    if (target === undefined) throw new FlagError('INVALID_ARGUMENT', `there is no schema ${inner} for an operation`);
    checkReferences(target, definitions, seen);
  }
}
