import { booleanOf, durationOf, FlagError, notJson, oneOf, suggest } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { isPlainMap, shown } from './shown.ts';

/** What is wrong with a value; never with the value itself where it may be secret. */
export interface Problem {
  readonly message: string;
  readonly expected: string;
  readonly hint?: string;
}

/** A kind of value: how it is read from text, and what it must be. */
export interface Kind {
  /** How the docs name it. */
  readonly name: string;
  /** The JSON Schema of it. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Text of an environment variable as a value; what is not of this kind comes back as it is, for `check` to tell. */
  parse(text: string): unknown;
  check(value: unknown): Problem | undefined;
}

const wrong = (value: unknown, expected: string, hint?: string): Problem => ({
  message: `${shown(value)} cannot stand here`,
  expected,
  ...(hint === undefined ? {} : { hint }),
});

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && !value.includes('\0');

/** Text that is not empty. */
export const text: Kind = {
  name: 'text',
  schema: { type: 'string', minLength: 1 },
  parse: (given) => given,
  check: (value) => (isText(value) ? undefined : wrong(value, 'text that is not empty')),
};

const TABLE = /^([A-Za-z_][A-Za-z0-9_]*\.)?[A-Za-z_][A-Za-z0-9_]*$/;

/** The name of a table, perhaps with its schema; how long it may be, the database says. */
export const tableName: Kind = {
  name: 'name',
  schema: { type: 'string', pattern: TABLE.source },
  parse: (given) => given.trim(),
  check: (value) =>
    typeof value === 'string' && TABLE.test(value)
      ? undefined
      : wrong(value, '`table` or `schema.table`, of letters, digits and _'),
};

/** By Prometheus' data model, and so long that a name can follow. */
const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$/;

/** Where the names of metrics begin. */
export const metricName: Kind = {
  name: 'name',
  schema: { type: 'string', pattern: METRIC.source },
  parse: (given) => given.trim(),
  check: (value) =>
    typeof value === 'string' && METRIC.test(value)
      ? undefined
      : wrong(value, 'up to 200 letters, digits, _ and :, not beginning with a digit'),
};

/** Text that is never shown: a key, a token, an address with a password. */
export const secret: Kind = {
  name: 'secret',
  schema: { type: 'string', minLength: 1 },
  parse: (given) => given,
  check: (value) =>
    isText(value)
      ? undefined
      : { message: 'this is no text', expected: 'text that is not empty; it is not shown here' },
};

/** The strict words of Go's ParseBool in text; elsewhere a real boolean. */
export const boolean: Kind = {
  name: 'boolean',
  schema: { type: 'boolean' },
  parse: (given) => booleanOf(given.trim()) ?? given,
  check(value) {
    if (typeof value === 'boolean') return undefined;
    const meant = { yes: 'true', on: 'true', y: 'true', no: 'false', off: 'false', n: 'false' }[
      String(value).trim().toLowerCase()
    ];
    return wrong(value, 'true or false', meant === undefined ? undefined : `did you mean ${meant}?`);
  },
};

const LONGEST = 0x7fffffff;

/** A span of time from 1 ms to 24 days, as text with units. */
export const duration: Kind = {
  name: 'duration',
  schema: {
    type: 'string',
    pattern: '^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$',
    examples: ['30s', '1m30s', '500ms'],
  },
  parse: (given) => given.trim(),
  check(value) {
    const ms = typeof value === 'string' ? durationOf(value) : undefined;
    if (ms !== undefined && ms >= 1 && ms <= LONGEST) return undefined;
    const expected = 'a duration with a unit, as 30s, 1m30s or 500ms';
    if (ms !== undefined)
      return {
        message: `${shown(value)} is too ${ms < 1 ? 'short' : 'long'}`,
        expected: `${expected}, from 1ms to 596h`,
      };
    const count = /^\d+(?:\.\d+)?$/.exec(String(value).trim())?.[0];
    if (count === undefined) return wrong(value, expected);
    return { message: `${shown(value)} has no unit`, expected, hint: `did you mean ${count}s or ${count}ms?` };
  },
};

/** One word of several. */
export function choice(names: readonly string[]): Kind {
  return {
    name: names.map((name) => `\`${name}\``).join(', '),
    schema: { type: 'string', enum: names },
    parse: (given) => given.trim(),
    check(value) {
      if (typeof value === 'string' && names.includes(value)) return undefined;
      const near = typeof value === 'string' ? suggest(value, names) : undefined;
      return {
        message: `${shown(value)} is not known`,
        expected: oneOf(names),
        ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
      };
    },
  };
}

/** An address that begins with one of the schemes, and is not shown. `credentials`: it may hold a user and a password. */
export function address(schemes: readonly string[], credentials: boolean): Kind {
  const expected = `an address that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  return {
    name: 'address',
    schema: { type: 'string', minLength: 1 },
    parse: (given) => given.trim(),
    check(value) {
      if (!isText(value)) return { message: 'this is no text', expected };
      const scheme = /^([a-z][a-z0-9+.-]*):\/\/./i.exec(value)?.[1]?.toLowerCase();
      if (scheme !== undefined && schemes.includes(scheme)) {
        if (credentials || !/^[^/]*\/\/[^/?#]*@/.test(value)) return undefined;
        return { message: 'the address holds a user or a password', expected: 'none' };
      }
      // a scheme is no secret; what has none may be one
      return {
        message: scheme === undefined ? 'this is no address' : `the address begins with ${scheme}://`,
        expected,
      };
    },
  };
}

/** A map, which in text is JSON. */
export const map: Kind = {
  name: 'JSON object',
  schema: { type: 'object' },
  parse: readJson,
  check(value) {
    if (typeof value === 'symbol') {
      return { message: `this ${value.description}`, expected: 'a JSON object, as {"new-checkout": true}' };
    }
    if (!isPlainMap(value)) return wrong(value, 'a map');
    return notJson(value) === undefined ? undefined : NOT_PLAIN;
  },
};

/** Flags as in a flag file: a map, or a list of definitions with keys; in code also a `Map`. */
export const flags: Kind = {
  name: 'flags',
  schema: { type: ['object', 'array'] },
  parse: readJson,
  check(value) {
    if (value instanceof Map) return undefined;
    if (!Array.isArray(value) && !isPlainMap(value)) return wrong(value, 'a map of flag key to definition, or a list');
    return notJson(value) === undefined ? undefined : NOT_PLAIN;
  },
};

const NOT_PLAIN: Problem = { message: 'this is not plain JSON', expected: 'JSON values' };

/** Numbers above 0 in ascending order, which in text are separated by commas. */
export const numbers: Kind = {
  name: 'list of numbers',
  schema: { type: 'array', items: { type: 'number', exclusiveMinimum: 0 }, minItems: 1, maxItems: 50 },
  parse: (given) => given.split(',').map((one) => (one.trim() === '' ? Number.NaN : Number(one))),
  check(value) {
    const rising =
      Array.isArray(value) &&
      value.length > 0 &&
      value.length <= 50 &&
      value.every((one, i) => Number.isFinite(one) && one > (i === 0 ? 0 : (value[i - 1] as number)));
    return rising ? undefined : wrong(value, '1 to 50 numbers above 0 in ascending order, as 0.001, 0.01, 0.1');
  },
};

const NO_JSON = Symbol('is no JSON');
const TWICE = Symbol('has a key twice');

function readJson(given: string): unknown {
  if (given.trim() === 'null') return null;
  try {
    return parseText(given, { format: 'json' }).document;
  } catch (thrown) {
    // what was given is not shown: it may hold anything
    return FlagError.from(thrown).issues[0]?.code === 'duplicate-key' ? TWICE : NO_JSON;
  }
}
