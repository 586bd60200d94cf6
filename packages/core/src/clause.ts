import { getter } from './attribute.ts';
import type { ClauseDefinition } from './document.generated.ts';
import { operatorNamed } from './operators/index.ts';
import type { Test } from './scope.ts';

const NOTHING: readonly unknown[] = [];
const never: Test = () => false;

/** The test of one clause that passed its check; an unknown operator never matches. */
export function compileClause(clause: ClauseDefinition): Test {
  const operator = operatorNamed(clause.operator);
  if (operator === undefined) return never;
  return operator.compile(getter(clause.attribute ?? ''), clause.values ?? NOTHING, clause.negate === true);
}

/** The test that every clause must pass; undefined where there is none and everybody matches. */
export function compileClauses(clauses: readonly ClauseDefinition[] | undefined): Test | undefined {
  if (clauses === undefined || clauses.length === 0) return undefined;
  const tests = clauses.map(compileClause);
  const [first, second] = tests as [Test, Test];
  if (tests.length === 1) return first;
  if (tests.length === 2) return (context, scope) => first(context, scope) && second(context, scope);
  return (context, scope) => {
    for (const test of tests) if (!test(context, scope)) return false;
    return true;
  };
}
