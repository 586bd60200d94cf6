import { ARITHMETIC_OPERATORS } from './arithmetic.ts';
import { BRANCH_OPERATORS } from './branch.ts';
import { CONNECTIVE_OPERATORS } from './connective.ts';
import { EQUALITY_OPERATORS } from './equality.ts';
import { FRACTIONAL } from './fractional.ts';
import { ITERATION_OPERATORS } from './iterate.ts';
import { MEMBERSHIP_OPERATORS } from './membership.ts';
import type { Operator } from './operator.ts';
import { ORDERING_OPERATORS } from './ordering.ts';
import { IN_SEGMENT } from './segment.ts';
import { SEM_VER } from './sem-ver.ts';
import { STRING_OPERATORS } from './strings.ts';
import { VARIABLE_OPERATORS } from './variable.ts';

const ALL: readonly Operator[] = [
  ...VARIABLE_OPERATORS,
  ...BRANCH_OPERATORS,
  ...EQUALITY_OPERATORS,
  ...CONNECTIVE_OPERATORS,
  ...ORDERING_OPERATORS,
  ...MEMBERSHIP_OPERATORS,
  ...STRING_OPERATORS,
  ...ARITHMETIC_OPERATORS,
  ...ITERATION_OPERATORS,
  FRACTIONAL,
  SEM_VER,
  IN_SEGMENT,
];

/** Every operator by its name. */
export const OPERATOR_MAP: ReadonlyMap<string, Operator> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ ALL.map((operator) => [operator.name, operator]),
);

/** What may be written in an expression, for docs: the operators, and `$ref`. */
export const OPERATORS: readonly { readonly name: string; readonly arity: string; readonly summary: string }[] = [
  ...ALL.map(({ name, arity, summary }) => ({ name, arity, summary })),
  {
    name: '$ref',
    arity: 'the name of a shared evaluator',
    summary: 'Stands for that evaluator, written out. Evaluators may refer to others.',
  },
];
