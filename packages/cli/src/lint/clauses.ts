import { type ClauseDefinition, OPERATORS } from '@flagwright/core';

/**
 * What a clause says of a context, in one of few forms. Of an attribute that is there, `some`: an element of it, or it
 * itself, passes a test; `none`: no element does. An attribute that is not there has neither.
 */
export type Said =
  | { readonly kind: 'everybody' }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'there' | 'missing'; readonly subject: string }
  | { readonly kind: 'within' | 'outside'; readonly segments: readonly string[] }
  | { readonly kind: 'some' | 'none'; readonly subject: string; readonly test: Test };

/** A test of one value. */
export interface Test {
  /** `neq`, `in` and `notIn` are `eq`. */
  readonly operator: string;
  readonly values: readonly unknown[];
}

/** `key` and `targetingKey` are one attribute. */
export function subjectOf(attribute: string): string {
  return attribute === 'targetingKey' ? 'key' : attribute;
}

const EQUALITY: ReadonlySet<string> = new Set(['eq', 'in', 'neq', 'notIn']);

/** What a clause that was checked says. */
export function saidBy({ attribute = '', operator, values = [], negate = false }: ClauseDefinition): Said {
  const subject = subjectOf(attribute);
  if (operator === 'exists') {
    if (values.includes(true) && values.includes(false)) return { kind: negate ? 'nobody' : 'everybody' };
    const there = (values.length === 0 || values.includes(true)) !== negate;
    return { kind: there ? 'there' : 'missing', subject };
  }
  if (operator === 'inSegment') {
    if (values.length === 0) return { kind: negate ? 'everybody' : 'nobody' };
    return { kind: negate ? 'outside' : 'within', segments: values as readonly string[] };
  }
  const negative = (operator === 'neq' || operator === 'notIn') !== negate;
  if (values.length === 0) return negative ? { kind: 'there', subject } : { kind: 'nobody' };
  return {
    kind: negative ? 'none' : 'some',
    subject,
    test: { operator: EQUALITY.has(operator) ? 'eq' : operator, values },
  };
}

const compilers = new Map(OPERATORS.map((operator) => [operator.name, operator]));
const ATTRIBUTE = { get: (context: Readonly<Record<string, unknown>>) => context.value, plain: 'value' };
const NOWHERE = { flags: new Map<string, never>(), segments: new Map<string, never>(), now: 0, memo: undefined };
const compiled = new WeakMap<readonly unknown[], Map<string, (value: unknown) => boolean>>();

/** Whether a value by itself, no list, passes a test. */
export function passes(value: unknown, { operator, values }: Test): boolean {
  let tests = compiled.get(values);
  if (tests === undefined) {
    tests = new Map();
    compiled.set(values, tests);
  }
  let test = tests.get(operator);
  if (test === undefined) {
    const run = compilers.get(operator)!.compile(ATTRIBUTE, values, false);
    test = (one) => run({ value: one }, NOWHERE);
    tests.set(operator, test);
  }
  return test(value);
}

/** More values are not compared with each other. */
const MOST_VALUES = 1_000;

/** Whether every value, or element of a list, that passes the one test passes the other. */
export function testImplies(a: Test, b: Test): boolean {
  if (a.values.length > MOST_VALUES || b.values.length > MOST_VALUES) return false;
  if (a.operator === 'eq') {
    // of a list, `contains` asks for an element, and of a text, for a part: what is equal is both
    if (b.operator === 'contains') return a.values.every((v) => typeof v === 'string' && b.values.includes(v));
    return a.values.every((value) => passes(value, b));
  }
  const [one, other] = [boundOf(a), boundOf(b)];
  if (one !== undefined && other !== undefined) {
    if (one.scale !== other.scale || one.side !== other.side) return false;
    const within = one.side === 'low' ? one.at - other.at : other.at - one.at;
    return within > 0 || (within === 0 && (one.open || !other.open));
  }
  if (a.operator !== b.operator) return false;
  const { values } = b;
  if (a.operator === 'startsWith' || a.operator === 'endsWith') {
    return (a.values as readonly string[]).every((text) =>
      (values as readonly string[]).some((part) =>
        a.operator === 'startsWith' ? text.startsWith(part) : text.endsWith(part),
      ),
    );
  }
  const set = new Set(values);
  return a.values.every((value) => set.has(value));
}

/** Whether no value, that is no list, passes both. */
export function testsExclude(a: Test, b: Test): boolean {
  if (a.values.length > MOST_VALUES || b.values.length > MOST_VALUES) return false;
  if (a.operator === 'eq') return a.values.every((value) => !passes(value, b));
  if (b.operator === 'eq') return testsExclude(b, a);
  const [one, other] = [boundOf(a), boundOf(b)];
  if (one !== undefined && other !== undefined) {
    if (one.scale !== other.scale || one.side === other.side) return false;
    const [low, high] = one.side === 'low' ? [one, other] : [other, one];
    return low.at > high.at || (low.at === high.at && (low.open || high.open));
  }
  if (a.operator === b.operator && (a.operator === 'startsWith' || a.operator === 'endsWith')) {
    const part = (text: string, of: string): boolean =>
      a.operator === 'startsWith' ? of.startsWith(text) : of.endsWith(text);
    return (a.values as readonly string[]).every((x) =>
      (b.values as readonly string[]).every((y) => !part(x, y) && !part(y, x)),
    );
  }
  return (ofText.has(a.operator) && ofNumbers.has(b.operator)) || (ofNumbers.has(a.operator) && ofText.has(b.operator));
}

const ofText: ReadonlySet<string> = new Set(['contains', 'startsWith', 'endsWith', 'matches', 'semver', 'cidr']);
const ofNumbers: ReadonlySet<string> = new Set(['gt', 'gte', 'lt', 'lte']);

interface Bound {
  readonly scale: 'number' | 'time';
  readonly side: 'low' | 'high';
  readonly at: number;
  /** The bound itself is not in. */
  readonly open: boolean;
}

/** A test that asks for more, or for less, than a number or a time. */
function boundOf({ operator, values }: Test): Bound | undefined {
  switch (operator) {
    case 'gt':
    case 'gte':
      return { scale: 'number', side: 'low', at: leastOf(values as readonly number[]), open: operator === 'gt' };
    case 'lt':
    case 'lte':
      return { scale: 'number', side: 'high', at: mostOf(values as readonly number[]), open: operator === 'lt' };
    case 'after':
      return { scale: 'time', side: 'low', at: leastOf(values.map(timeOf)), open: true };
    case 'before':
      return { scale: 'time', side: 'high', at: mostOf(values.map(timeOf)), open: true };
    default:
      return undefined;
  }
}

const leastOf = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.min(a, b));
const mostOf = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.max(a, b));

/** The time a value of `before` and `after` means, in ms since the epoch, as core's operators read it. */
function timeOf(value: unknown): number {
  if (typeof value === 'number') return value;
  const text = String(value).toUpperCase().replace(' ', 'T');
  return Date.parse(text.length > 10 && !/(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text}Z` : text);
}

/** What is known of attributes: which are no lists. */
export type IsSingle = (subject: string) => boolean;

/** Whether every context of which the one is true has the other, too. */
export function implies(a: Said, b: Said, single: IsSingle): boolean {
  if (b.kind === 'everybody' || a.kind === 'nobody') return true;
  if (a.kind === 'everybody' || b.kind === 'nobody') return false;
  if ('segments' in a || 'segments' in b) {
    if (!('segments' in a && 'segments' in b) || a.kind !== b.kind) return false;
    const [few, many] = a.kind === 'within' ? [a, b] : [b, a];
    return few.segments.every((name) => many.segments.includes(name));
  }
  if (a.subject !== b.subject) return false;
  if (b.kind === 'there') return a.kind !== 'missing';
  if (b.kind === 'missing') return a.kind === 'missing';
  if (!('test' in a) || !('test' in b)) return false;
  if (b.kind === 'some') return a.kind === 'some' && testImplies(a.test, b.test);
  if (a.kind === 'none') return testImplies(b.test, a.test);
  return single(a.subject) && testsExclude(a.test, b.test);
}

/** Whether no context has both: `always`, or only if the attribute is no list. */
export function excludes(a: Said, b: Said): 'always' | 'unless-list' | undefined {
  if ('segments' in a && 'segments' in b) {
    if (a.kind === b.kind) return undefined;
    const [within, outside] = a.kind === 'within' ? [a, b] : [b, a];
    return within.segments.every((name) => outside.segments.includes(name)) ? 'always' : undefined;
  }
  if (!('subject' in a) || !('subject' in b) || a.subject !== b.subject) return undefined;
  if (a.kind === 'missing') return b.kind === 'missing' ? undefined : 'always';
  if (b.kind === 'missing') return 'always';
  if (!('test' in a) || !('test' in b)) return undefined;
  if (a.kind === 'some' && b.kind === 'some') return testsExclude(a.test, b.test) ? 'unless-list' : undefined;
  if (a.kind === b.kind) return undefined;
  const [some, none] = a.kind === 'some' ? [a, b] : [b, a];
  return testImplies(some.test, none.test) ? 'always' : undefined;
}
