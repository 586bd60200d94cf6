import type { Database, SetName } from '../database/database.ts';

/** A database that tells of the sets that were published to, once that is committed. */
export function announcing(database: Database, changed: (set: SetName) => void): Database {
  return {
    ...database,
    async write(work, options) {
      const touched: SetName[] = [];
      const done = await database.write(
        (transaction) =>
          work({
            ...transaction,
            publish(set, edits, by) {
              touched.push(set);
              return transaction.publish(set, edits, by);
            },
          }),
        options,
      );
      if (options?.dryRun !== true) for (const set of touched) changed(set);
      return done;
    },
  };
}
