import type { Principal } from '../access/principal.ts';
import type { Row, Sql } from '../database/database.ts';
import type { Reply } from '../http/operation.ts';
import { filterOf } from '../query/filter.ts';
import { orderOf } from '../query/order.ts';
import { pageOf } from '../query/page.ts';
import { API_VERSION } from '../schema/definitions.ts';
import { FIELDS } from './fields.ts';
import { shown } from './manifest.ts';
import type { Kind, Resource } from './resource.ts';
import { statuses } from './status.ts';
import { COLUMNS, resourceOf } from './table.ts';

/** What is listed. */
export interface Listing {
  readonly kind: Kind;
  readonly project?: string | undefined;
  readonly stage?: string | undefined;
  /** Conditions of the list itself, in trusted SQL without values. */
  readonly where?: string | undefined;
}

/** A page of resources, with how many there are in all. */
export interface Page {
  readonly resources: readonly Resource[];
  readonly total: number;
  readonly page: number;
  readonly pageSize: number;
}

/**
 * A page of the resources that somebody may see, filtered, sorted, counted and cut by the database, in one statement.
 * Throws `Problem('INVALID_ARGUMENT')` for a filter, an order or a page that makes no sense.
 */
export async function pageOfResources(
  sql: Sql,
  { kind, project, stage, where }: Listing,
  who: Principal,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
): Promise<Page> {
  const { page, pageSize, limit, offset } = pageOf(query as { page?: number; pageSize?: number });
  const values: unknown[] = [kind];
  const conditions = ['kind = $1'];
  const equal = (column: string, value: string | undefined): void => {
    if (value !== undefined) conditions.push(`${column} = $${values.push(value)}`);
  };
  const among = (column: string, allowed: readonly string[] | undefined): void => {
    if (allowed !== undefined) conditions.push(`${column} = any($${values.push([...allowed])})`);
  };
  equal('project', project);
  equal('stage', stage);
  if (project === undefined && kind !== 'Stage' && kind !== 'Template') {
    among(kind === 'Project' ? 'id' : 'project', who.projects);
  }
  if (kind === 'ChangeRequest' || kind === 'FeatureFlagStage') {
    if (stage === undefined) among('stage', who.stages);
  } else if (kind === 'Stage' || kind === 'ProjectStage') among('id', who.stages);
  if (where !== undefined) conditions.push(where);
  const filter = query.filter as string | undefined;
  if (filter !== undefined) {
    const condition = filterOf(filter, FIELDS[kind], values.length + 1);
    conditions.push(`(${condition.sql})`);
    values.push(...condition.values);
  }
  const order = orderOf(query.sort as string | undefined, FIELDS[kind], ['id', 'stage', 'project']);
  const from = `from flagwright.resources where ${conditions.join(' and ')}`;
  const rows = await sql.query<Row & { readonly total: string }>(
    `with page as (select ${COLUMNS} ${from} order by ${order} limit ${limit} offset ${offset}),
       counted as (select count(*)::text as total ${from})
     select * from counted left join (select *, row_number() over () as n from page) numbered on true order by n`,
    values,
  );
  const resources = rows.filter(({ kind: there }) => there !== null).map((row) => resourceOf(row));
  return { resources, total: Number(rows[0]?.total ?? 0), page, pageSize };
}

/** A page as it is shown. */
export async function listReply(
  sql: Sql,
  listing: Listing,
  who: Principal,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
): Promise<Reply> {
  const { resources, total, page, pageSize } = await pageOfResources(sql, listing, who, query);
  const more = await statuses(sql, listing.kind, resources, who);
  const items = resources.map((resource) => shown(resource, more.get(resource)));
  return { body: { apiVersion: API_VERSION, kind: `${listing.kind}List`, items, totalCount: total, page, pageSize } };
}
