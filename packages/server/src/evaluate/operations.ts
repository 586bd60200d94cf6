import type { Database } from '../database/database.ts';
import type { Operation } from '../http/operation.ts';
import { comparisonOperations } from './comparison-operations.ts';
import { dependenciesOperation } from './dependencies-operation.ts';
import { evaluateOperation } from './evaluate-operation.ts';
import { validateOperations } from './validate-operations.ts';

/** What flags do: evaluated, compared, with what they depend on, and checked before they are written. */
export function evaluateOperations(database: Database): readonly Operation[] {
  return [
    evaluateOperation(database),
    ...comparisonOperations(database),
    dependenciesOperation(database),
    ...validateOperations(database),
  ];
}
