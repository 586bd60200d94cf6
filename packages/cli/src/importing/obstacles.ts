import { type AttributeDefinition, type FlagDefinition, isRecord } from '@flagwright/core';
import type { ContextSpec } from '@flagwright/server/model';
import type { LocalSet } from '../local/local-set.ts';

/** Why a flag of a document cannot be on a server what it is there; undefined if nothing is in its way. */
export function obstacleOf(
  key: string,
  definition: FlagDefinition,
  { document, issues }: LocalSet,
): string | undefined {
  const wrong = issues.find(({ severity, path }) => severity === 'error' && path[0] === 'flags' && path[1] === key);
  if (wrong !== undefined) return `it is not valid: ${wrong.message}`;
  if (document.overrides !== undefined && Object.hasOwn(document.overrides, key)) {
    return 'overrides of the document force its value, which a server has no place for; take the override out';
  }
  const expressions = [definition.targeting, document.$evaluators].map(parsed);
  if (
    (definition.rules ?? []).some(({ clauses }) => clauses?.some(({ operator }) => operator === 'inSegment')) ||
    expressions.some((one) => hasOperator(one, 'in_segment'))
  ) {
    return 'it asks for segments, which a server has no place for; write out what they are';
  }
  const version = Object.entries(document.attributes ?? {}).find(
    ([name, attribute]) =>
      typeOf(attribute) === 'version' &&
      contextOf(name, attribute) === undefined &&
      expressions.some((one) => reads(one, name)),
  );
  if (version !== undefined) {
    return `it compares ${version[0]} as a version, and no context attribute can have that name`;
  }
  return undefined;
}

const typeOf = (attribute: unknown): unknown => (isRecord(attribute) ? attribute.type : attribute);

const CONTEXT_TYPES: Readonly<Record<string, ContextSpec['type']>> = {
  string: 'STRING',
  number: 'NUMBER',
  integer: 'NUMBER',
  boolean: 'BOOLEAN',
  version: 'VERSION',
};

/** A declared attribute as a server has it; undefined if it has none like it. */
export function contextOf(name: string, attribute: AttributeDefinition | string): ContextSpec | undefined {
  const type = typeOf(attribute);
  if (typeof type !== 'string' || !Object.hasOwn(CONTEXT_TYPES, type)) return undefined;
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return undefined;
  const { name: shown, description } = isRecord(attribute)
    ? (attribute as { name?: string; description?: string })
    : {};
  return {
    type: CONTEXT_TYPES[type]!,
    ...(shown === undefined ? {} : { name: shown }),
    ...(description === undefined ? {} : { description }),
  };
}

function parsed(logic: unknown): unknown {
  if (typeof logic !== 'string') return logic;
  try {
    return JSON.parse(logic) as unknown;
  } catch {
    // that it is no JSON is told elsewhere
    return undefined;
  }
}

const anywhere = (value: unknown, is: (object: Readonly<Record<string, unknown>>) => boolean): boolean => {
  if (Array.isArray(value)) return value.some((item) => anywhere(item, is));
  return isRecord(value) && (is(value) || Object.values(value).some((member) => anywhere(member, is)));
};

const hasOperator = (logic: unknown, name: string): boolean => anywhere(logic, (object) => Object.hasOwn(object, name));

const reads = (logic: unknown, name: string): boolean =>
  anywhere(logic, ({ var: read }) => read === name || (Array.isArray(read) && read[0] === name));
