import type { Database, Row, SetName, Transaction } from '../database/database.ts';
import { keyOf } from './set-name.ts';

/**
 * The database, with `changed` called for each set that a transaction has published to, once it is over: also after one
 * whose outcome is not known, for whoever hears of it reads again. With `FlagSets.changed`, whoever asks after a write
 * of this server sees it.
 */
export function noticing(database: Database, changed: (set: SetName) => void): Database {
  return {
    ...database,
    async write(work, options) {
      const touched = new Map<string, SetName>();
      try {
        return await database.write((transaction) => work(noting(transaction, touched)), options);
      } finally {
        if (options?.dryRun !== true) for (const set of touched.values()) changed(set);
      }
    },
  };
}

function noting(transaction: Transaction, touched: Map<string, SetName>): Transaction {
  return {
    query: <R extends Row>(text: string, values?: readonly unknown[]) => transaction.query<R>(text, values),
    publish(set, edits, by) {
      touched.set(keyOf(set), { project: set.project, stage: set.stage });
      return transaction.publish(set, edits, by);
    },
    mark: () => transaction.mark(),
    hint: (topic) => transaction.hint(topic),
  };
}
