import { isRecord } from '@flagwright/core';
import type { Reader } from './reader.ts';

/** Comparisons of JSON Logic in the words of clauses. */
const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ['==', 'eq'],
  ['===', 'eq'],
  ['!=', 'eq'],
  ['!==', 'eq'],
  ['<', 'lt'],
  ['<=', 'lte'],
  ['>', 'gt'],
  ['>=', 'gte'],
  ['in', 'in'],
  ['starts_with', 'startsWith'],
  ['ends_with', 'endsWith'],
  ['sem_ver', 'semver'],
]);

/** Operators whose expressions look at the elements of a list, and not at the context. */
const OVER_LISTS: ReadonlySet<string> = new Set(['map', 'filter', 'reduce', 'all', 'some', 'none']);

/** Operators that read numbers. */
const NUMERIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', 'min', 'max']);

/** Tells what JSON Logic reads. */
export function logicReads(raw: unknown, reader: Reader): void {
  if (Array.isArray(raw)) for (const part of raw) logicReads(part, reader);
  if (!isRecord(raw)) return;
  for (const [name, operand] of Object.entries(raw)) {
    const args: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
    if (name === '$ref') reader.evaluator(operand);
    else if (name === 'var') {
      if (typeof args[0] === 'string') reader.read(args[0], 'truthy');
      else logicReads(args[0], reader);
    } else if (name === 'in_segment') for (const segment of args.flat()) reader.segment(segment);
    else if (name === 'missing' || name === 'missing_some') {
      for (const attribute of args.flat()) if (typeof attribute === 'string') reader.read(attribute, 'exists');
    } else if (name === 'fractional') {
      if (Array.isArray(args[0])) reader.read('targetingKey', 'bucket');
      hashed(args, reader);
    } else if (OVER_LISTS.has(name)) logicReads(args[0], madeOf(reader, 'element', scalarsIn(args[1])));
    else if (NUMERIC.has(name)) {
      const numbers = args.filter((part) => typeof part === 'number');
      for (const part of args) logicReads(part, madeOf(reader, 'around', numbers.length === 0 ? [0] : numbers));
    } else if (COMPARISONS.has(name)) compared(name, args, reader);
    else for (const part of args) logicReads(part, reader);
  }
}

/** Tells of attributes that stand alone also that what is made of them is compared with some values. */
const madeOf = (reader: Reader, operator: string, values: readonly unknown[]): Reader => ({
  ...reader,
  read(attribute, own, ownValues) {
    reader.read(attribute, own, ownValues);
    if (own === 'truthy') reader.read(attribute, operator, values);
  },
});

/** The literals that an expression is written with, names of attributes aside. */
function scalarsIn(raw: unknown): readonly unknown[] {
  if (Array.isArray(raw)) return raw.flatMap(scalarsIn);
  if (isRecord(raw)) {
    return Object.entries(raw).flatMap(([name, operand]) => (name === 'var' ? [] : scalarsIn(operand)));
  }
  return [raw];
}

/** The text that is hashed, as `{"cat": [{"var": "company"}, "x"]}`. */
function hashed(args: readonly unknown[], reader: Reader): void {
  const told: Reader = {
    ...reader,
    read: (attribute, operator, values) =>
      operator === 'truthy' ? reader.read(attribute, 'bucket') : reader.read(attribute, operator, values),
  };
  if (!Array.isArray(args[0])) logicReads(args[0], told);
  for (const share of args) if (Array.isArray(share)) logicReads(share, reader);
}

function compared(name: string, args: readonly unknown[], reader: Reader): void {
  const literals = args.flatMap((part) => (isRecord(part) ? [] : Array.isArray(part) ? part : [part]));
  for (const [i, part] of args.entries()) {
    const attribute = variableOf(part);
    if (attribute === undefined) {
      logicReads(part, madeOf(reader, 'around', literals));
      continue;
    }
    // what orders the key of the flag against a number is a share of users
    if (attribute === '$flagd.flagKey') reader.read('targetingKey', 'bucket');
    const values = name === 'sem_ver' ? args.filter((_, at) => at !== 1 && at !== i) : literals;
    reader.read(attribute, operatorOf(name, args, i), values);
  }
}

/** `in` looks for something in a list, or in a text. */
function operatorOf(name: string, args: readonly unknown[], i: number): string {
  if (name !== 'in') return COMPARISONS.get(name)!;
  if (i === 1) return isRecord(args[0]) ? 'in' : 'contains';
  return typeof args[1] === 'string' ? 'within' : 'in';
}

function variableOf(part: unknown): string | undefined {
  if (!isRecord(part) || !Object.hasOwn(part, 'var')) return undefined;
  const name = Array.isArray(part.var) ? part.var[0] : part.var;
  return typeof name === 'string' ? name : undefined;
}
