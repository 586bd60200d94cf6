import { eq, neq, notIn, oneOfValues } from './equality.ts';
import { cidr } from './network.ts';
import type { Operator } from './operator.ts';
import { after, before, gt, gte, lt, lte } from './order.ts';
import { exists, inSegment } from './presence.ts';
import { contains, endsWith, matches, startsWith } from './text.ts';
import { semver } from './version.ts';

export type { Operator } from './operator.ts';

/** Every operator a clause may name, in the order of the docs. */
export const OPERATORS: readonly Operator[] = [
  eq,
  neq,
  oneOfValues,
  notIn,
  contains,
  startsWith,
  endsWith,
  matches,
  gt,
  gte,
  lt,
  lte,
  before,
  after,
  semver,
  cidr,
  exists,
  inSegment,
];

export const OPERATOR_NAMES: readonly string[] = OPERATORS.map((operator) => operator.name);

const byName: ReadonlyMap<string, Operator> = new Map(OPERATORS.map((operator) => [operator.name, operator]));

export function operatorNamed(name: string): Operator | undefined {
  return byName.get(name);
}
