import type { Database, Sql } from '../database/database.ts';
import { checkParameter } from '../http/path-parameters.ts';
import { keys } from '../resources/resource.ts';
import { put } from '../resources/write.ts';

/** Whose changes those of the server itself are. */
export const SYSTEM = 'flagwright';

/** Makes the first stages, if there never was any; several servers that start at once make them once. */
export async function makeFirstStages(database: Database, stages: readonly string[]): Promise<void> {
  for (const stage of stages) checkParameter('stage', stage);
  // a start must be possible where nothing can be written now, as on a full disk
  if (await hadStages(database)) return;
  await database.write(async (transaction) => {
    if (await hadStages(transaction)) return;
    for (const stage of stages) {
      await put(transaction, keys.stage(stage), { spec: { name: stage } }, undefined, {
        by: { subject: SYSTEM, token: undefined, request: 'first-start' },
        action: 'create',
      });
    }
  });
}

async function hadStages(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<{ readonly any: boolean }>(
    "select exists (select from flagwright.audit where kind = 'Stage') as any",
  );
  return row?.any === true;
}
