import type { Sql } from '../database/database.ts';

/** A stage definition that may use an attribute, or a pending change request for one. */
export interface Mention {
  readonly flag: string;
  readonly stage: string;
  /** The id of the change request; undefined: the stage definition as it is. */
  readonly request: string | undefined;
  /** Whether the name is there; otherwise there are names that are worked out, which may be any. */
  readonly byName: boolean;
}

/** A \`var\` of JSON Logic whose name is no literal, in the text that JSON.stringify makes of it. */
const WORKED_OUT = String.raw`"var":\s*(?!\s|\[?\s*("|null)|\[\s*\])`;

/**
 * What may use an attribute: targeting or rules that name it, or something spelled like it, and targeting that works names
 * out. Pending change requests count, for what they say is decided upon by what it means now.
 */
export async function mentionedBy(sql: Sql, project: string, attribute: string): Promise<readonly Mention[]> {
  const rows = await sql.query<{
    readonly flag: string;
    readonly stage: string;
    readonly request: string | null;
    readonly named: boolean;
  }>(
    `select * from (
       select case kind when 'ChangeRequest' then spec ->> 'featureFlagId' else id end as flag, stage,
         case kind when 'ChangeRequest' then id end as request,
         position(to_json($2::text)::text in coalesce(spec ->> 'targeting', '') || coalesce(spec ->> 'rules', '')) > 0 as named,
         coalesce(spec ->> 'targeting', '') ~ $3 as worked_out
       from flagwright.resources
       where project = $1 and (kind = 'FeatureFlagStage' or (kind = 'ChangeRequest' and status ->> 'state' = 'pending'))
     ) found
     where named or worked_out order by flag, stage, request nulls first`,
    [project, attribute, WORKED_OUT],
  );
  return rows.map(({ flag, stage, request, named }) => ({ flag, stage, request: request ?? undefined, byName: named }));
}
