import type { Issue, Report } from '../issue.ts';
import { oneOf, preview, suggest } from '../issue.ts';
import type { JsonSchema, JsonType } from '../json-schema.ts';

/** The steps to the value being looked at; grows and shrinks during the walk and is copied into issues. */
export type Trail = (string | number)[];

/**
 * Checks one value and reports what is wrong. False if the value cannot be used. A closure compiled from a schema:
 * libraries either generate code (`new Function`, which hardened runtimes forbid) or interpret too slowly for 10,000
 * flags, and their messages for unions name every branch. Only the keywords of `JsonSchema` are known.
 */
export type Shape = (value: unknown, trail: Trail, report: Report) => boolean;

/** Compiles the part of a schema that `root.definitions[name]` describes, or the root itself. */
export function compileShape(root: JsonSchema): { readonly document: Shape; named(name: string): Shape } {
  const cache = new Map<string, Shape>();

  function named(name: string): Shape {
    let shape = cache.get(name);
    if (shape === undefined) {
      // set before compiling, so that a definition may mention itself
      let compiled: Shape | undefined;
      shape = (value, trail, report) => {
        compiled ??= compile(root.definitions![name]!);
        return compiled(value, trail, report);
      };
      cache.set(name, shape);
    }
    return shape;
  }

  function compile(schema: JsonSchema): Shape {
    if (schema.$ref !== undefined) return named(schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1));
    const shape = schema.anyOf === undefined ? compileTyped(schema) : compileUnion(schema);
    if (schema['x-warn'] !== true) return shape;
    return (value, trail, report) => {
      shape(value, trail, (issue) => report({ ...issue, severity: 'warning' }));
      return true;
    };
  }

  /** Branches are told apart by the JSON type of the value, so that an issue speaks of the one that was meant. */
  function compileUnion(schema: JsonSchema): Shape {
    const branches = schema.anyOf!.map((branch) => ({ types: bitsOf(resolve(root, branch)), shape: compile(branch) }));
    const expected = describe(schema);
    return (value, trail, report) => {
      const bit = bitOf(value);
      const branch = branches.find(({ types }) => (types & bit) !== 0);
      if (branch !== undefined) return branch.shape(value, trail, report);
      return wrongType(value, expected, schema, trail, report);
    };
  }

  function compileTyped(schema: JsonSchema): Shape {
    const types = bitsOf(schema);
    const expected = describe(schema);
    const checks: Shape[] = [];
    if (schema.enum !== undefined) checks.push(compileEnum(schema.enum));
    if (BOUNDS.some((bound) => schema[bound] !== undefined)) checks.push(compileBounds(schema, expected));
    if (schema.items !== undefined || schema.minItems !== undefined || schema.maxItems !== undefined) {
      checks.push(compileList(schema));
    }
    if (schema.properties !== undefined || schema.additionalProperties !== undefined)
      checks.push(compileObject(schema));
    const untyped = schema.type === undefined;
    if (untyped && checks.length === 0) return () => true;
    if (checks.length <= 1) {
      const check = checks[0] ?? (() => true);
      return (value, trail, report) =>
        untyped || (types & bitOf(value)) !== 0
          ? check(value, trail, report)
          : wrongType(value, expected, schema, trail, report);
    }
    return (value, trail, report) => {
      if (!untyped && (types & bitOf(value)) === 0) return wrongType(value, expected, schema, trail, report);
      let ok = true;
      for (const check of checks) if (!check(value, trail, report)) ok = false;
      return ok;
    };
  }

  function compileList(schema: JsonSchema): Shape {
    const item = schema.items === undefined ? undefined : compile(schema.items);
    const { minItems: least = 0, maxItems: most = Number.POSITIVE_INFINITY } = schema;
    return (value, trail, report) => {
      if (!Array.isArray(value)) return true;
      if (value.length < least) {
        return fail(report, {
          code: 'too-few',
          path: [...trail],
          message: 'the list is empty',
          expected: `at least ${least}`,
        });
      }
      if (value.length > most) {
        return fail(report, {
          code: 'too-many',
          path: [...trail],
          message: `the list has ${value.length} items`,
          expected: `at most ${most}`,
        });
      }
      if (item === undefined) return true;
      let ok = true;
      for (let i = 0; i < value.length; i++) {
        trail.push(i);
        if (!item(value[i], trail, report)) ok = false;
        trail.pop();
      }
      return ok;
    };
  }

  function compileObject(schema: JsonSchema): Shape {
    const properties = new Map(Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, compile(inner)]));
    const names = [...properties.keys()];
    const required = schema.required ?? [];
    const extra = typeof schema.additionalProperties === 'object' ? compile(schema.additionalProperties) : undefined;
    const closed = schema.additionalProperties === false;
    const { maxProperties: most = Number.POSITIVE_INFINITY } = schema;
    return (value, trail, report) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return true;
      const object = value as Record<string, unknown>;
      let ok = true;
      const count = Object.keys(object).length;
      if (count > most) {
        const message = `the map has ${count} entries`;
        ok = fail(report, { code: 'too-many', path: [...trail], message, expected: `at most ${most}` });
      }
      for (const name of required) {
        if (object[name] !== undefined) continue;
        ok = fail(report, {
          code: 'missing',
          path: [...trail],
          message: `\`${name}\` is missing`,
          expected: describe(resolve(root, schema.properties![name]!)),
        });
      }
      for (const name of Object.keys(object)) {
        const inner = object[name];
        if (inner === undefined) continue;
        const shape = properties.get(name) ?? extra;
        if (shape === undefined) {
          if (closed && !knownEnough(name, names, schema['x-unknown'], trail, report)) ok = false;
          continue;
        }
        trail.push(name);
        if (!shape(inner, trail, report)) ok = false;
        trail.pop();
      }
      return ok;
    };
  }

  return { document: compile(root), named };
}

function compileEnum(allowed: readonly unknown[]): Shape {
  const set = new Set(allowed);
  return (value, trail, report) => {
    if (set.has(value)) return true;
    const near = typeof value === 'string' ? suggest(value, allowed as readonly string[]) : undefined;
    return fail(report, {
      code: 'not-one-of',
      path: [...trail],
      message: `${preview(value)} is not known here`,
      expected: `one of ${allowed.join(', ')}`,
      ...(near === undefined ? {} : { hint: `did you mean ${preview(near)}?` }),
    });
  };
}

const BOUNDS = ['minLength', 'maxLength', 'pattern', 'minimum', 'maximum'] as const;

function compileBounds(schema: JsonSchema, expected: string): Shape {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema;
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  const pattern = schema.pattern === undefined ? undefined : new RegExp(schema.pattern, 'u');
  return (value, trail, report) => {
    const ok =
      typeof value === 'string'
        ? // the length first: a pattern never sees more
          hasLength(value, minLength, maxLength) && pattern?.test(value) !== false
        : typeof value !== 'number' || (value >= minimum && value <= maximum);
    return (
      ok ||
      fail(report, { code: 'out-of-range', path: [...trail], message: `${preview(value)} is out of range`, expected })
    );
  };
}

/** Whether a text has so many characters, which are code points, as JSON Schema counts; most texts need not be counted. */
function hasLength(text: string, least: number, most: number): boolean {
  const units = text.length;
  if (units < least || units > 2 * most) return false;
  // every code point is one or two units
  if (units <= most && Math.ceil(units / 2) >= least) return true;
  let count = 0;
  for (let i = 0; i < units; i++) {
    // the second half of a pair belongs to the first; a half by itself counts as one
    if (isLow(text.charCodeAt(i)) && i > 0 && isHigh(text.charCodeAt(i - 1))) continue;
    count++;
  }
  return count >= least && count <= most;
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** Tells of a property that is not known. False if the object cannot be used with it: what it was to say is lost. */
function knownEnough(
  name: string,
  names: readonly string[],
  unknown: JsonSchema['x-unknown'],
  trail: Trail,
  report: Report,
): boolean {
  const near = suggest(name, names);
  const wrong = unknown === 'error' || (unknown === 'near' && near !== undefined);
  report({
    severity: wrong ? 'error' : 'warning',
    code: 'unknown-property',
    path: [...trail, name],
    message: `\`${name}\` is not known here${wrong ? '' : ' and is ignored'}`,
    expected: oneOf(names),
    ...(near === undefined ? {} : { hint: `did you mean \`${near}\`?` }),
  });
  return !wrong;
}

function wrongType(value: unknown, expected: string, schema: JsonSchema, trail: Trail, report: Report): false {
  const hint = schema['x-hint'];
  return fail(report, {
    code: 'wrong-shape',
    path: [...trail],
    message: value === null ? 'nothing stands here (null)' : `${preview(value)} is ${nounOf(value)}`,
    expected,
    ...(hint === undefined ? {} : { hint }),
  });
}

function fail(report: Report, issue: Omit<Issue, 'severity'>): false {
  report({ severity: 'error', ...issue });
  return false;
}

/** JSON types as bits, so that a union is one number and a check is one `&`. */
const BITS: Readonly<Record<JsonType, number>> = {
  null: 1,
  boolean: 2,
  string: 4,
  integer: 8,
  number: 24,
  array: 32,
  object: 64,
};
const ANY = 127;

/** The type of a value as a bit; 0 for what JSON does not have: NaN, infinities, functions, symbols, big integers. */
function bitOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 4;
    case 'boolean':
      return 2;
    case 'number':
      return Number.isInteger(value) ? 8 : Number.isFinite(value) ? 16 : 0;
    case 'object':
      return value === null ? 1 : Array.isArray(value) ? 32 : 64;
    default:
      return 0;
  }
}

function bitsOf(schema: JsonSchema): number {
  if (schema.type === undefined) return ANY;
  return typesOf(schema).reduce((bits, type) => bits | BITS[type], 0);
}

function typesOf(schema: JsonSchema): readonly JsonType[] {
  return typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
}

function resolve(root: JsonSchema, schema: JsonSchema): JsonSchema {
  return schema.$ref === undefined ? schema : root.definitions![schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)]!;
}

const NOUNS: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  array: 'a list',
  object: 'a map',
};

function describe(schema: JsonSchema): string {
  const said = schema['x-expected'];
  if (said !== undefined) return said;
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  if (schema.type === undefined) return schema.title ?? 'a value';
  const noun = typesOf(schema)
    .map((type) => NOUNS[type])
    .join(' or ');
  if (schema.minimum !== undefined && schema.maximum !== undefined)
    return `${noun} from ${schema.minimum} to ${schema.maximum}`;
  const { minLength: least, maxLength: most } = schema;
  if (most !== undefined) return `${noun} of ${least ?? 0} to ${most} characters`;
  return least === undefined ? noun : `${noun} that is not empty`;
}

/** What a value is, in words. */
function nounOf(value: unknown): string {
  if (typeof value === 'boolean') return 'a boolean';
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : 'not a finite number';
  const type = Object.keys(BITS).find((name) => BITS[name as JsonType] === bitOf(value));
  return type === undefined ? `a ${typeof value}` : NOUNS[type]!;
}
