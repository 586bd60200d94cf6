import type { ClauseDefinition } from '@flagwright/core';
import { isRecord, preview } from '@flagwright/core';
import type { Condition, Predicate } from './effect.ts';

type Words = readonly [positive: string, negative: string];

const WORD = /^[\p{L}\p{N}_$][\p{L}\p{N}_$.:/@-]*$/u;

/** A name as a part of a sentence: one that is no word stands in quotes, so that it cannot read as words of ours. */
export function named(name: string): string {
  return WORD.test(name) ? name : preview(name);
}

/** More values than this are counted, and not listed. */
const MAX_LISTED = 5;

const CLAUSES: Readonly<Record<string, Words>> = {
  contains: ['contains', 'does not contain'],
  startsWith: ['starts with', 'does not start with'],
  endsWith: ['ends with', 'does not end with'],
  matches: ['matches', 'does not match'],
  gt: ['is greater than', 'is not greater than'],
  gte: ['is at least', 'is not at least'],
  lt: ['is less than', 'is not less than'],
  lte: ['is at most', 'is not at most'],
  before: ['is before', 'is not before'],
  after: ['is after', 'is not after'],
  semver: ['is a version in', 'is no version in'],
  cidr: ['is an address in', 'is no address in'],
};

const LOGIC: Readonly<Record<string, Words>> = {
  '===': ['is', 'is not'],
  '==': ['is', 'is not'],
  '<': ['is less than', 'is not less than'],
  '<=': ['is at most', 'is not at most'],
  '>': ['is greater than', 'is not greater than'],
  '>=': ['is at least', 'is not at least'],
  starts_with: ['starts with', 'does not start with'],
  ends_with: ['ends with', 'does not end with'],
};

/** A predicate as a part of a sentence, or its opposite. */
export function sentenceOf(predicate: Predicate, holds: boolean): string {
  switch (predicate.kind) {
    case 'clause':
      return clauseSentence(predicate.clause, holds);
    case 'targeted':
      return `the targeting key ${choice(predicate.keys, holds)}`;
    case 'prerequisite': {
      const variation =
        typeof predicate.variation === 'number' ? `variant ${predicate.variation}` : preview(predicate.variation);
      return `flag ${preview(predicate.key)} ${holds ? 'serves' : 'does not serve'} ${variation}`;
    }
    case 'logic':
      return logicSentence(predicate.expression, holds);
    case 'bucketing':
      return keySentence(predicate, holds);
    case 'all':
      return holds
        ? predicate.of.map(({ text }) => text).join(' and ')
        : `(${predicate.of.map((part) => sentenceOf(part.predicate, !part.holds)).join(' or ')})`;
  }
}

/** Whether a condition goes without saying where a share is told: there is a targeting key to hash. */
export function isUsual({ predicate, holds }: Condition): boolean {
  if (predicate.kind !== 'bucketing' || !holds) return false;
  return predicate.attribute === 'targetingKey' || (predicate.attribute === 'key' && predicate.form === 'value');
}

function keySentence({ attribute, form }: Extract<Predicate, { kind: 'bucketing' }>, holds: boolean): string {
  if (form === 'value' && attribute === 'key') return holds ? 'there is a targeting key' : 'there is no targeting key';
  const subject = named(attribute);
  if (form === 'value') return `${subject} ${holds ? 'is' : 'is not'} a text or a number`;
  if (form === 'string') return `${subject} ${holds ? 'is' : 'is not'} a text`;
  return `${subject} is ${holds ? 'not ' : ''}empty`;
}

function clauseSentence({ attribute, operator, values = [] }: ClauseDefinition, holds: boolean): string {
  if (operator === 'inSegment') {
    const one = values.length === 1 ? `the segment ${preview(values[0])}` : `one of the segments ${list(values)}`;
    return `${holds ? 'in' : 'not in'} ${one}`;
  }
  const subject = attribute === 'key' || attribute === 'targetingKey' ? 'the targeting key' : named(attribute ?? '');
  if (operator === 'exists') return `${subject} is ${holds ? 'set' : 'not set'}`;
  const words = CLAUSES[operator];
  if (words === undefined) return `${subject} ${choice(values, holds)}`;
  const several = values.length === 1 ? preview(values[0]) : `any of ${list(values)}`;
  return `${subject} ${holds ? words[0] : words[1]} ${several}`;
}

function logicSentence(expression: unknown, holds: boolean): string {
  if (isRecord(expression)) {
    const [entry] = Object.entries(expression);
    const args: readonly unknown[] = Array.isArray(entry?.[1]) ? entry[1] : [];
    const name = variable(expression);
    if (name !== undefined) return `${name} is ${holds ? '' : 'not '}true`;
    const subject = variable(args[0]);
    const value = args[1];
    if (entry !== undefined && subject !== undefined && args.length === 2) {
      const words = LOGIC[entry[0]];
      if (entry[0] === 'in' && Array.isArray(value)) return `${subject} ${choice(value, holds)}`;
      if (words !== undefined && (typeof value !== 'object' || value === null)) {
        return `${subject} ${holds ? words[0] : words[1]} ${preview(value)}`;
      }
    }
    const within = variable(value);
    if (entry?.[0] === 'in' && within !== undefined && typeof args[0] === 'string') {
      return `${within} ${holds ? 'contains' : 'does not contain'} ${preview(args[0])}`;
    }
    if (entry?.[0] === '===' && value === null) {
      return `the expression ${preview(args[0])} yields ${holds ? 'null' : 'a value'}`;
    }
  }
  return `the expression ${preview(expression)} is ${holds ? '' : 'not '}true`;
}

function variable(expression: unknown): string | undefined {
  if (!isRecord(expression) || !Array.isArray(expression.var) || expression.var.length !== 1) return undefined;
  const [name] = expression.var as readonly unknown[];
  return typeof name === 'string' && name !== '' ? named(name) : undefined;
}

function choice(values: readonly unknown[], holds: boolean): string {
  if (values.length === 1) return `is ${holds ? '' : 'not '}${preview(values[0])}`;
  return `is ${holds ? 'one' : 'none'} of ${list(values)}`;
}

function list(values: readonly unknown[]): string {
  const shown = values.slice(0, MAX_LISTED).map(preview).join(', ');
  return values.length > MAX_LISTED ? `${shown} and ${values.length - MAX_LISTED} more` : shown;
}
