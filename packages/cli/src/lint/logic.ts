import { compileLogic, type Path } from '@flagwright/core';
import type { SetView } from './view.ts';

/** A use of an operator of JSON Logic. */
export interface LogicCall {
  readonly name: string;
  readonly args: readonly unknown[];
  /** The path of an operand, under that of the expression. */
  at(path: Path, i: number): Path;
}

/** The operator and the operands of an expression; undefined of what has a value by itself, or cannot be told. */
export function callOf(raw: unknown): LogicCall | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined;
  const names = Object.keys(raw);
  const [name] = names;
  if (name === undefined || names.length > 1) return undefined;
  const operand = (raw as Readonly<Record<string, unknown>>)[name];
  // operands that stand elsewhere: how many there are is not seen here
  if (name !== '$ref' && name !== '!' && name !== '!!' && isReference(operand)) return undefined;
  const list = Array.isArray(operand);
  return { name, args: list ? operand : [operand], at: (path, i) => (list ? [...path, name, i] : [...path, name]) };
}

function isReference(raw: unknown): boolean {
  return typeof raw === 'object' && raw !== null && Object.hasOwn(raw, '$ref') && Object.keys(raw).length === 1;
}

/** Operators that yield true or false and nothing else. */
export const COMPARISONS: ReadonlySet<string> = new Set([
  '==',
  '===',
  '!=',
  '!==',
  '<',
  '<=',
  '>',
  '>=',
  '!',
  '!!',
  'in',
  'in_segment',
]);

/** The expression that stands behind references to shared evaluators. */
export function resolved(raw: unknown, { document }: SetView): unknown {
  let found = raw;
  for (let i = 0; i < 64; i++) {
    const call = callOf(found);
    const [name] = call?.args ?? [];
    if (call?.name !== '$ref' || typeof name !== 'string') return found;
    const evaluators = document.$evaluators ?? {};
    if (!Object.hasOwn(evaluators, name)) return found;
    found = evaluators[name];
  }
  return found;
}

/** Operators whose result depends on the context, or on more than their operands. */
const OPEN: ReadonlySet<string> = new Set([
  'var',
  'missing',
  'missing_some',
  'fractional',
  'in_segment',
  '$ref',
  'map',
  'filter',
  'reduce',
  'all',
  'some',
  'none',
]);

/** What an expression yields for every context; undefined if that depends, or cannot be told at a glance. */
export function constantOf(raw: unknown, set: SetView): { readonly value: unknown } | undefined {
  const found = resolved(raw, set);
  if (typeof found !== 'object' || found === null) return { value: found };
  if (!isClosed(found, set, { left: 200 })) return undefined;
  try {
    return { value: compileLogic(found, { evaluators: set.document.$evaluators ?? {} })({}, 0) };
  } catch {
    // what is wrong with it is told by core
    return undefined;
  }
}

function isClosed(raw: unknown, set: SetView, budget: { left: number }): boolean {
  if (typeof raw !== 'object' || raw === null) return true;
  if (budget.left-- <= 0) return false;
  if (Array.isArray(raw)) return raw.every((one) => isClosed(one, set, budget));
  const call = callOf(raw);
  if (call === undefined || OPEN.has(call.name)) return false;
  return call.args.every((arg) => isClosed(arg, set, budget));
}

/** JSON Logic's truth of a value that JSON has: an empty list, and an empty map, are false. */
export function truthOf(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}

/** The name a `var` reads; undefined of anything else, and of a `var` with a default. */
export function variableOf(raw: unknown): string | undefined {
  const call = callOf(raw);
  const [name] = call?.args ?? [];
  return call?.name === 'var' && call.args.length === 1 && typeof name === 'string' ? name : undefined;
}

/** The names of the attributes that an expression reads by name, those within operators on lists left out. */
export function* variablesIn(raw: unknown): Iterable<string> {
  if (typeof raw !== 'object' || raw === null) return;
  if (Array.isArray(raw)) {
    for (const one of raw) yield* variablesIn(one);
    return;
  }
  const call = callOf(raw);
  if (call === undefined) return;
  const { name, args } = call;
  if (name === 'var' && typeof args[0] === 'string') yield args[0];
  if (name === 'missing' || name === 'missing_some') {
    for (const one of args.flat()) if (typeof one === 'string') yield one;
  }
  // within the second operand `var` is of the element
  const own = ['map', 'filter', 'reduce', 'all', 'some', 'none'].includes(name) ? args.slice(0, 1) : args;
  for (const arg of own) yield* variablesIn(arg);
}
