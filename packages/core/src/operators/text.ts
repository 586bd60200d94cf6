import { RE2JS } from 're2js';
import { oneOf } from './equality.ts';
import type { Match, Operator } from './operator.ts';
import { checkText, eachElement } from './operator.ts';

function anyText(values: readonly unknown[], holds: (actual: string, value: string) => boolean): Match {
  const texts = values as readonly string[];
  if (texts.length === 1) {
    const only = texts[0]!;
    return (actual) => typeof actual === 'string' && holds(actual, only);
  }
  return (actual) => {
    if (typeof actual !== 'string') return false;
    for (const text of texts) if (holds(actual, text)) return true;
    return false;
  };
}

export const contains: Operator = {
  name: 'contains',
  summary: 'text that contains one of the values, or a list that has one of them as an element',
  attribute: 'text, or a list',
  values: 'text; for a list also numbers or booleans',
  check: (value) =>
    ['string', 'number', 'boolean'].includes(typeof value) ? undefined : 'text, a number or a boolean',
  compile({ get }, values, negate) {
    const member = oneOf(values);
    const texts = values.filter((value) => typeof value === 'string');
    const within = anyText(texts, (actual, value) => actual.includes(value));
    return (context) => {
      const actual = get(context);
      if (actual === undefined || actual === null) return false;
      return (Array.isArray(actual) ? actual.some(member) : within(actual)) !== negate;
    };
  },
};

function textual(name: string, summary: string, holds: (actual: string, value: string) => boolean): Operator {
  return {
    name,
    summary,
    attribute: 'text, or a list of text',
    values: 'text',
    check: checkText,
    compile: (attribute, values, negate) => eachElement(attribute, anyText(values, holds), negate),
  };
}

export const startsWith: Operator = textual('startsWith', 'starts with one of the values', (actual, value) =>
  actual.startsWith(value),
);
export const endsWith: Operator = textual('endsWith', 'ends with one of the values', (actual, value) =>
  actual.endsWith(value),
);

export const matches: Operator = {
  name: 'matches',
  summary: 'matches one of the regular expressions (RE2 syntax, unanchored, linear time)',
  attribute: 'text, or a list of text',
  values: 'regular expressions without look-around and back-references',
  check(value) {
    if (typeof value !== 'string') return 'a regular expression as text';
    try {
      pattern(value);
      return undefined;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      return `a regular expression in RE2 syntax (${why}); look-around and back-references are not supported`;
    }
  },
  compile(attribute, values, negate) {
    const patterns = (values as readonly string[]).map(pattern);
    const match: Match = (actual) => {
      if (typeof actual !== 'string') return false;
      for (const matcher of patterns) if (matcher(actual)) return true;
      return false;
    };
    return eachElement(attribute, match, negate);
  },
};

const META = /[\\.+*?()|[\]{}^$]/;

/** Literals, prefixes and suffixes become string operations; everything else runs in a linear-time engine. */
function pattern(source: string): (actual: string) => boolean {
  const head = source.startsWith('^');
  const tail = source.endsWith('$');
  const literal = source.slice(head ? 1 : 0, tail ? Math.max(source.length - 1, head ? 1 : 0) : undefined);
  if (!META.test(literal)) {
    if (head && tail) return (actual) => actual === literal;
    if (head) return (actual) => actual.startsWith(literal);
    if (tail) return (actual) => actual.endsWith(literal);
    return (actual) => actual.includes(literal);
  }
  const compiled = RE2JS.compile(source);
  return (actual) => compiled.matcher(actual).find();
}
