import { compileLogic } from '@flagwright/core';
import type { EffectOptions } from './effect.ts';
import { canonical } from './graph.ts';
import { typesOf } from './probe.ts';
import type { Work } from './work.ts';

/** A use of an operator. */
export interface Call {
  readonly name: string;
  /** A lone operand may be written without a list. */
  readonly args: readonly unknown[];
  /** There is one expression in place of the operands. */
  readonly computed: boolean;
}

/** What an expression looks at. */
interface Reads {
  /** The attributes, if all are read by a name that is written out. */
  readonly names: ReadonlySet<string>;
  /** Whether there is more: names that are worked out, lists, segments, a time that is not given. */
  readonly more: boolean;
  /** A random split is in it. */
  readonly random: boolean;
  /** The time was put in. */
  readonly timed: boolean;
}

/** Reads the JSON Logic of one flag, which was checked before: it is bounded, and its references lead somewhere. */
export interface Expressions {
  /** The expression with shared evaluators in their place, down to its first operator. */
  resolve(raw: unknown): unknown;
  /** The operator and operands of a resolved expression; undefined of what has a value by itself. */
  callOf(raw: unknown): Call | undefined;
  /** The name a `var` reads, if it is written out and there is no default. */
  variableOf(raw: unknown): string | undefined;
  /** Whether the expression yields the same for every context, and what. */
  constant(raw: unknown): { readonly value: unknown } | undefined;
  /** Everything resolved, and written in one way. */
  written(raw: unknown): unknown;
  reads(raw: unknown): Reads;
  truthy(value: unknown): boolean;
  /** The truth of an expression that reads one attribute, by its value. */
  truthOf(raw: unknown, attribute: string): (value: unknown) => boolean;
  isVersion(attribute: string): boolean;
  /** Whether a constant was found to depend on the time. */
  readonly timed: boolean;
}

export const FLAG_KEY = '$flagd.flagKey';
const TIMESTAMP = '$flagd.timestamp';

/** Operators that look at the context in more ways than by `var`, or that `var` means something else in. */
const INDIRECT: ReadonlySet<string> = new Set([
  'missing',
  'missing_some',
  'in_segment',
  'map',
  'filter',
  'reduce',
  'all',
  'some',
  'none',
]);
const ORDERINGS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=']);

const TRUTH = compileLogic({ '!!': [{ var: 'value' }] });

/** What expressions of the flag `key` say. */
export function createExpressions(key: string, options: EffectOptions, { spend }: Work): Expressions {
  const { evaluators = {}, now } = options;
  const types = typesOf(options);
  const run = (raw: unknown): ReturnType<typeof compileLogic> => {
    spend(1_500);
    return compileLogic(raw, {
      flagKey: key,
      evaluators,
      ...(options.attributes === undefined ? {} : { attributes: types }),
    });
  };
  const texts = new WeakMap<object, unknown>();
  const readings = new WeakMap<object, Reads>();
  let timed = false;

  function resolve(raw: unknown): unknown {
    let found = raw;
    for (let name = refOf(found); name !== undefined; name = refOf(found)) found = evaluators[name];
    return found;
  }

  function callOf(raw: unknown): Call | undefined {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined;
    const [entry] = Object.entries(raw);
    if (entry === undefined) return undefined;
    const [name] = entry;
    const operand = resolve(entry[1]);
    if (Array.isArray(operand)) return { name, args: operand, computed: false };
    const computed = typeof operand === 'object' && operand !== null && Object.keys(operand).length > 0;
    return { name, args: [operand], computed };
  }

  function variableOf(raw: unknown): string | undefined {
    const call = callOf(resolve(raw));
    if (call?.name !== 'var' || call.computed || call.args.length > 1) return undefined;
    const name = call.args.length === 0 ? '' : resolve(call.args[0]);
    return typeof name === 'string' ? name : undefined;
  }

  function written(raw: unknown): unknown {
    const found = resolve(raw);
    if (typeof found !== 'object' || found === null) return found ?? null;
    let text = texts.get(found);
    if (text === undefined) {
      const call = callOf(found);
      if (Array.isArray(found)) text = found.map(written);
      else if (call === undefined) text = canonical(found);
      else if (call.computed) text = { [call.name]: written(call.args[0]) };
      else text = { [call.name]: call.args.map(written) };
      texts.set(found, text);
    }
    return text;
  }

  function reads(raw: unknown): Reads {
    const found = resolve(raw);
    if (typeof found !== 'object' || found === null) return NOTHING;
    let reading = readings.get(found);
    if (reading === undefined) {
      const call = callOf(found);
      reading = call === undefined ? all(Array.isArray(found) ? found.map(reads) : []) : readsOf(call);
      readings.set(found, reading);
    }
    return reading;
  }

  function readsOf(call: Call): Reads {
    const inner = all(call.args.map(reads));
    if (call.name === 'fractional') return { ...inner, more: true, random: true };
    if (ORDERINGS.has(call.name) && call.args.some((arg) => variableOf(arg) === FLAG_KEY)) {
      return { ...inner, more: true, random: true };
    }
    if (INDIRECT.has(call.name)) return { ...inner, more: true };
    if (call.name !== 'var') return inner;
    const name = call.computed ? undefined : resolve(call.args[0]);
    if (name === FLAG_KEY) return NOTHING;
    if (name === TIMESTAMP && now !== undefined) return { ...NOTHING, timed: true };
    if (typeof name !== 'string' || name === '' || name.startsWith('$flagd')) return { ...inner, more: true };
    return { ...inner, names: new Set([...inner.names, name]) };
  }

  return {
    resolve,
    callOf,
    variableOf,
    written,
    reads,
    truthy,
    isVersion: (attribute) => Object.hasOwn(types, attribute) && types[attribute] === 'version',
    get timed() {
      return timed;
    },
    constant(raw) {
      const reading = reads(raw);
      if (reading.more || reading.random || reading.names.size > 0) return undefined;
      timed ||= reading.timed;
      return { value: run(raw)({}, now) };
    },
    truthOf(raw, attribute) {
      let test: ReturnType<typeof run> | undefined;
      return (value) => {
        test ??= run(raw);
        return truthy(test(Object.fromEntries([[attribute, value]]), now));
      };
    },
  };
}

/** The attribute an expression reads, and no more. */
export function readable(raw: unknown, expressions: Expressions): string | undefined {
  const name = expressions.variableOf(raw);
  return name === undefined || name === '' || name.startsWith('$flagd') ? undefined : name;
}

function truthy(value: unknown): boolean {
  return TRUTH({ value }) === true;
}

const NOTHING: Reads = { names: new Set(), more: false, random: false, timed: false };

function all(parts: readonly Reads[]): Reads {
  if (parts.length === 0) return NOTHING;
  return {
    names: new Set(parts.flatMap((part) => [...part.names])),
    more: parts.some((part) => part.more),
    random: parts.some((part) => part.random),
    timed: parts.some((part) => part.timed),
  };
}

function refOf(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null || !Object.hasOwn(raw, '$ref') || Object.keys(raw).length !== 1)
    return undefined;
  const { $ref } = raw as { readonly $ref: unknown };
  return typeof $ref === 'string' ? $ref : undefined;
}
