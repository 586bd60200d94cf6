import type { Sql } from '../database/database.ts';

/** A stage definition that may use an attribute. */
export interface Mention {
  readonly flag: string;
  readonly stage: string;
}

/** Stage definitions whose targeting or rules name an attribute, or something spelled like it. */
export async function mentionedBy(sql: Sql, project: string, attribute: string): Promise<readonly Mention[]> {
  const rows = await sql.query<{ readonly id: string; readonly stage: string }>(
    `select id, stage from flagwright.resources
     where kind = 'FeatureFlagStage' and project = $1
       and position(to_json($2::text)::text in coalesce(spec ->> 'targeting', '') || coalesce(spec ->> 'rules', '')) > 0
     order by id, stage`,
    [project, attribute],
  );
  return rows.map(({ id, stage }) => ({ flag: id, stage }));
}
