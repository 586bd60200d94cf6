import { attributeNamed } from './attribute.ts';
import type { ClauseDefinition } from './document.generated.ts';
import { operatorNamed } from './operators/index.ts';
import type { EvaluationContext, Scope, Test } from './scope.ts';

const NOTHING: readonly unknown[] = [];
const never: Test = () => false;

/** The test of one clause that passed its check; an unknown operator never matches. */
export function compileClause(clause: ClauseDefinition): Test {
  const operator = operatorNamed(clause.operator);
  if (operator === undefined) return never;
  return operator.compile(attributeNamed(clause.attribute ?? ''), clause.values ?? NOTHING, clause.negate === true);
}

/** The tests that must all hold; none where everybody matches. */
export function compileClauses(clauses: readonly ClauseDefinition[] | undefined): readonly Test[] {
  return (clauses ?? []).map(compileClause);
}

/** Whether every test holds. */
export function allHold(tests: readonly Test[], context: EvaluationContext, scope: Scope): boolean {
  for (let i = 0; i < tests.length; i++) if (!tests[i]!(context, scope)) return false;
  return true;
}
