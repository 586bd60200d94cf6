import type { Database } from '../database/database.ts';
import type { Operation } from '../http/operation.ts';
import { auditOperation } from './audit-operation.ts';
import { exportOperation } from './export-operation.ts';
import { historyOperations } from './history-operations.ts';
import { promotionOperation } from './promotion-operation.ts';
import { rollbackOperations } from './rollback-operations.ts';

/** What was, made so again, taken to another stage, or to another server. */
export function changeHistoryOperations(database: Database): readonly Operation[] {
  return [
    ...historyOperations(database),
    auditOperation(database),
    ...rollbackOperations(database),
    promotionOperation(database),
    exportOperation(database),
  ];
}
