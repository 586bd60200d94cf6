import { type Issue, isRecord, type JsonValue, oneOf, preview, type Report, suggest } from '@flagwright/core';
import { readJson } from '../http/body.ts';
import { Problem } from '../http/problem.ts';
import type { ManifestChange, ManifestFlag, ManifestType } from './manifest-flags.ts';

const MAX_BYTES = 2 ** 20;

const TYPES: readonly ManifestType[] = ['boolean', 'string', 'integer', 'float', 'object'];

const FIELDS: readonly string[] = ['key', 'name', 'type', 'description', 'defaultValue'];

/** A flag in the body of a request that creates it. Throws `Problem`. */
export async function newFlag(request: Request): Promise<ManifestFlag> {
  const body = await readJson(request, MAX_BYTES);
  const { defaultValue, description, ...rest } = checked(body, true);
  return {
    ...rest,
    ...(description === undefined || description === null ? {} : { description }),
    defaultValue: defaultValue!,
  };
}

/** A flag in the body of a request that changes it; its key is that of the path. Throws `Problem`. */
export async function changedFlag(request: Request, key: string): Promise<ManifestChange> {
  const change = checked(await readJson(request, MAX_BYTES), false);
  if (change.key === key) return change;
  throw wrong([
    issue('key', 'mismatch', `the key in the path is ${preview(key)}, and in the body ${preview(change.key)}`),
  ]);
}

function checked(body: unknown, whole: boolean): ManifestChange {
  if (!isRecord(body)) throw wrong([issue('body', 'invalid_type', `the body is ${preview(body)}; expected a flag`)]);
  const issues: Issue[] = [];
  const report: Report = (one) => issues.push(one);
  for (const field of Object.keys(body)) {
    if (FIELDS.includes(field)) continue;
    const near = suggest(field, FIELDS);
    const hint = near === undefined ? '' : `. Hint: did you mean ${near}?`;
    report(issue(field, 'unrecognized_keys', `there is no field ${preview(field)}; expected ${oneOf(FIELDS)}${hint}`));
  }
  const { key, name, type, description, defaultValue } = body;
  if (typeof key !== 'string' || key === '') report(issue('key', 'invalid_type', expectedText('key', key)));
  if (name !== undefined && typeof name !== 'string') report(issue('name', 'invalid_type', expectedText('name', name)));
  if (description !== undefined && description !== null && typeof description !== 'string') {
    report(issue('description', 'invalid_type', expectedText('description', description)));
  }
  if (!isType(type)) {
    report(issue('type', 'invalid_enum_value', `type is ${preview(type)}; expected ${oneOf(TYPES)}`));
  } else if (whole || defaultValue !== undefined) {
    const fits = fitsType(type, defaultValue);
    if (!fits)
      report(issue('defaultValue', 'invalid_type', `it is ${preview(defaultValue)}; expected ${AS_TYPE[type]}`));
  }
  if (issues.length > 0) throw wrong(issues);
  return {
    key: key as string,
    type: type as ManifestType,
    ...(name === undefined ? {} : { name: name as string }),
    ...(description === undefined ? {} : { description: description as string | null }),
    ...(defaultValue === undefined ? {} : { defaultValue: defaultValue as JsonValue }),
  };
}

const AS_TYPE: Readonly<Record<ManifestType, string>> = {
  boolean: 'true or false',
  string: 'a text',
  integer: 'a number without a fraction',
  float: 'a number',
  object: 'an object or a list',
};

function isType(value: unknown): value is ManifestType {
  return TYPES.includes(value as ManifestType);
}

function fitsType(type: ManifestType, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'float':
      return typeof value === 'number' && Number.isFinite(value);
    case 'object':
      return typeof value === 'object' && value !== null;
    default:
      return typeof value === type;
  }
}

function expectedText(field: string, value: unknown): string {
  return `${field} is ${preview(value)}; expected a text`;
}

function issue(field: string, code: string, message: string): Issue {
  return { severity: 'error', code, path: field === 'body' ? [] : [field], message };
}

function wrong(issues: readonly Issue[]): Problem {
  return new Problem('INVALID_ARGUMENT', 'the flag is not what a manifest has', { issues });
}
