import type { AttributeType, ClauseDefinition, SegmentDefinition } from '@flagwright/core';
import { saidBy, subjectOf } from '../clauses.ts';
import { type Conditions, conditionsOf, segmentConditions } from '../conditions.ts';
import type { Finding, LintRule } from '../finding.ts';
import type { SetView } from '../view.ts';

/** A clause that no context has. */
export const impossibleClause: LintRule = {
  id: 'impossible-clause',
  summary: 'a clause that never holds',
  help: 'Nothing is converted: a number never equals a text, and text never is greater than a number. A clause that asks an attribute for what its declared type cannot be never holds, nor does one about segments that have nobody in them, nor `exists` with true, false and negate. Correct the values, the operator or the declaration.',
  severity: 'warning',
  *flag(flag, set) {
    yield* each(conditionsOf(flag), set, impossible);
  },
  *set(set) {
    for (const rules of segmentConditions(set)) yield* each(rules, set, impossible);
  },
};

/** A clause that every context has that has its attribute at all. */
export const alwaysTrueClause: LintRule = {
  id: 'always-true-clause',
  summary: 'a clause that always holds',
  help: 'The clause excludes nobody but contexts without the attribute. If these are to be excluded, `exists` says so; else the clause says less than it seems to.',
  severity: 'warning',
  *flag(flag, set) {
    yield* each(conditionsOf(flag), set, always);
  },
  *set(set) {
    for (const rules of segmentConditions(set)) yield* each(rules, set, always);
  },
};

type Look = (clause: ClauseDefinition, set: SetView) => Pick<Finding, 'message' | 'expected' | 'hint'> | undefined;

function* each(rules: readonly Conditions[], set: SetView, look: Look): Iterable<Finding> {
  for (const { path, clauses } of rules) {
    for (const [i, clause] of clauses.entries()) {
      const found = look(clause, set);
      if (found !== undefined) yield { path: [...path(), 'clauses', i], ...found };
    }
  }
}

const impossible: Look = (clause, set) => {
  const { attribute = '', values = [] } = clause;
  const said = saidBy(clause);
  // that there are no values is told by core
  if (said.kind === 'nobody')
    return values.length === 0 ? undefined : { message: 'nobody is both there and not there' };
  if (said.kind === 'within') {
    if (!said.segments.every((name) => isEmpty(set.document.segments?.[name]))) return undefined;
    const are = said.segments.length === 1 ? 'the segment has' : 'the segments have';
    return { message: `this never holds: ${are} nobody in`, hint: 'a segment needs `included` or `rules`' };
  }
  if (said.kind !== 'some') return undefined;
  const why = mismatch(attribute, said.test.operator, values, set);
  if (why === undefined) return undefined;
  return { message: `this never holds: ${why.message}`, expected: why.expected };
};

const always: Look = (clause, set) => {
  const { attribute = '', operator, values = [] } = clause;
  const said = saidBy(clause);
  if (said.kind === 'everybody' && values.length > 0) return { message: 'everybody is either there or not there' };
  if (said.kind === 'none') {
    const why = mismatch(attribute, said.test.operator, values, set);
    if (why === undefined) return undefined;
    return {
      message: `this holds wherever the attribute is there: ${why.message}`,
      expected: why.expected,
    };
  }
  if (said.kind !== 'some') return undefined;
  const part = values.find((value) => WHOLE.get(operator)?.has(value));
  if (part === undefined) return undefined;
  return {
    message: `this holds for every text: \`${operator}\` ${JSON.stringify(part)} leaves nothing out`,
    hint: `to ask whether ${JSON.stringify(attribute)} is there use \`exists\``,
  };
};

/** What every text has. */
const WHOLE: ReadonlyMap<string, ReadonlySet<unknown>> = new Map([
  ['startsWith', new Set<unknown>([''])],
  ['endsWith', new Set<unknown>([''])],
  ['contains', new Set<unknown>([''])],
  ['matches', new Set<unknown>(['', '^', '$', '.*', '^.*'])],
]);

function isEmpty(segment: SegmentDefinition | undefined): boolean {
  return segment !== undefined && !segment.included?.length && !segment.rules?.length;
}

/** One value of each form that an attribute of a type can have; those not listed can be anything. */
const FORMS: Readonly<Partial<Record<AttributeType, readonly string[]>>> = {
  boolean: ['boolean'],
  string: ['string'],
  version: ['string'],
  number: ['number'],
  integer: ['number'],
};

const TEXT: readonly string[] = ['string'];
const NUMBERS: readonly string[] = ['number'];

/** The forms of value that an operator can match; undefined: those of its values. */
const MATCHED: Readonly<Record<string, readonly string[]>> = {
  startsWith: TEXT,
  endsWith: TEXT,
  matches: TEXT,
  semver: TEXT,
  cidr: TEXT,
  contains: TEXT,
  gt: NUMBERS,
  gte: NUMBERS,
  lt: NUMBERS,
  lte: NUMBERS,
  before: ['string', 'number'],
  after: ['string', 'number'],
};

/** Why no value of the type that an attribute is declared with can match; undefined if one can, or nobody knows. */
function mismatch(
  attribute: string,
  operator: string,
  values: readonly unknown[],
  { typeOf, declares, isDeclared }: SetView,
): { readonly message: string; readonly expected: string } | undefined {
  const type = declares ? typeOf(subjectOf(attribute)) : undefined;
  const forms = type === undefined ? undefined : FORMS[type];
  if (type === undefined || forms === undefined) return undefined;
  // nobody need declare the usual ones
  const is = isDeclared(subjectOf(attribute)) ? `is declared ${type}` : `is a ${type} unless it is declared otherwise`;
  const matched = MATCHED[operator] ?? [...new Set(values.map((value) => typeof value))];
  if (!matched.some((form) => forms.includes(form))) {
    return {
      message: `${JSON.stringify(attribute)} ${is}, and \`${operator}\` ${MATCHED[operator] === undefined ? `is asked for a ${matched.join(' or a ')}` : `matches ${matched.includes('number') ? 'numbers' : 'text'} only`}`,
      expected: MATCHED[operator] === undefined ? `a ${forms[0]}` : `an operator for a ${forms[0]}`,
    };
  }
  if (type === 'integer' && operator === 'eq' && values.every((value) => !Number.isInteger(value))) {
    return { message: `${JSON.stringify(attribute)} ${is}`, expected: 'a whole number' };
  }
  return undefined;
}
