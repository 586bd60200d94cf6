import type { Attribute } from '../attribute.ts';
import type { Test } from '../scope.ts';

/** A comparison of one attribute with a list of values. Each operator answers for itself. */
export interface Operator {
  readonly name: string;
  /** When it matches, in a sentence; shown in the docs. */
  readonly summary: string;
  /** The attributes it can match; shown in the docs. */
  readonly attribute: string;
  /** The values it takes; shown in the docs and in issues. */
  readonly values: string;
  /** Takes no attribute (`inSegment`). */
  readonly contextual?: true;
  /** Values may be left out (`exists`). */
  readonly bare?: true;
  /** What is wrong with a value, or undefined. Runs at load. */
  check(value: unknown): string | undefined;
  /** The compiled test over values that passed `check`. A missing attribute never matches, negated or not. */
  compile(attribute: Attribute, values: readonly unknown[], negate: boolean): Test;
}

/** Whether one scalar matches any of the values. */
export type Match = (actual: unknown) => boolean;

/**
 * The test of an operator that looks at one value at a time: an attribute that is a list matches if any element does.
 * `invert` turns the answer round, except for a missing attribute, which never matches.
 */
export function eachElement({ get, plain }: Attribute, match: Match, invert: boolean): Test {
  if (invert) {
    return (context) => {
      const actual = get(context);
      if (actual === undefined || actual === null) return false;
      return !(Array.isArray(actual) ? actual.some(match) : match(actual));
    };
  }
  return (context) => {
    const actual = plain === undefined ? get(context) : context[plain];
    return typeof actual === 'object' ? someElement(actual, match) : match(actual);
  };
}

/** Whether any element of a list matches; nothing else that is an object does. */
export function someElement(actual: unknown, match: Match): boolean {
  return Array.isArray(actual) && actual.some(match);
}

/** `check` of operators that take text. */
export function checkText(value: unknown): string | undefined {
  return typeof value === 'string' ? undefined : 'text';
}
