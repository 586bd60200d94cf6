import type { Row, Sql } from '../database/database.ts';
import type { Key, Kind, Resource } from './resource.ts';
import { type Alike, viewOf } from './view.ts';

/** The columns of a resource, as `resourceOf` reads them. */
export const COLUMNS: string =
  'kind, project, stage, id, version, spec, status, created_at, created_by, modified_at, modified_by';

/** A row of the table as a resource. What its spec is, its kind tells: it was checked when it was written. */
export function resourceOf<Spec, Status>(row: Row): Resource<Spec, Status> {
  return {
    kind: row.kind as Kind,
    project: row.project as string,
    stage: row.stage as string,
    id: row.id as string,
    version: String(row.version),
    spec: row.spec as Spec,
    status: row.status as Status,
    createdAt: row.created_at as Date,
    createdBy: row.created_by as string,
    modifiedAt: row.modified_at as Date,
    modifiedBy: row.modified_by as string,
  };
}

/** One resource; undefined if there is none. */
export async function find<Spec = unknown, Status = unknown>(
  sql: Sql,
  key: Key,
): Promise<Resource<Spec, Status> | undefined> {
  const view = viewOf(sql);
  if (view !== undefined) return view.find(key);
  const { kind, project, stage, id } = key;
  const [row] = await sql.query(
    `select ${COLUMNS} from flagwright.resources where kind = $1 and project = $2 and stage = $3 and id = $4`,
    [kind, project, stage, id],
  );
  return row === undefined ? undefined : resourceOf(row);
}

/** All resources of a kind that are alike, by their ids and stages. */
export async function findAll<Spec = unknown, Status = unknown>(
  sql: Sql,
  alike: Alike,
): Promise<readonly Resource<Spec, Status>[]> {
  const known = await viewOf(sql)?.findAll<Spec, Status>(alike);
  if (known !== undefined) return known;
  const { where, values } = whereAlike(alike);
  const rows = await sql.query(
    `select ${COLUMNS} from flagwright.resources where ${where}
     order by project, id, stage`,
    values,
  );
  return rows.map((row) => resourceOf(row));
}

/** The condition that resources are alike, and its values, which are the first of the statement. */
export function whereAlike({ kind, project, stage, id }: Alike): {
  readonly where: string;
  readonly values: readonly unknown[];
} {
  const values: unknown[] = [kind];
  const conditions = ['kind = $1'];
  const where = (column: string, value: string | readonly string[] | undefined): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(typeof value === 'string' ? `${column} = $${values.length}` : `${column} = any($${values.length})`);
  };
  where('project', project);
  where('stage', stage);
  where('id', id);
  return { where: conditions.join(' and '), values };
}
