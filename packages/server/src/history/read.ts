import type { Row, Sql } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import type { Condition } from '../query/filter.ts';
import type { Page } from '../query/page.ts';
import type { Subject } from '../resources/items.ts';
import { named } from '../resources/resource.ts';
import { ENTRY_COLUMNS, type Entry, entryOf } from './entry.ts';

/** A page of entries, and how many there are in all. */
export interface Entries {
  readonly entries: readonly Entry[];
  readonly total: number;
}

/** The entries of one subject. */
export function of({ kind, project, stage, id }: Subject): Condition {
  const values: string[] = [kind, id];
  const also = (column: string, value: string | undefined): string =>
    value === undefined ? '' : ` and ${column} = $${values.push(value)}`;
  return { sql: `kind = $1 and id = $2${also('project', project)}${also('stage', stage)}`, values };
}

/** A page of the entries that a condition is true of, in an order. */
export async function readEntries(
  sql: Sql,
  { sql: where, values }: Condition,
  order: string,
  { limit, offset }: Page,
): Promise<Entries> {
  const from = `from flagwright.audit where ${where}`;
  const rows = await sql.query<Row & { readonly total: string }>(
    `with page as (select ${ENTRY_COLUMNS}, row_number() over (order by ${order}) as n
         ${from} order by n limit ${limit} offset ${offset}),
       counted as (select count(*)::text as total ${from})
     select * from counted left join page on true order by n`,
    values,
  );
  const entries = rows.filter(({ version }) => version !== null).map(entryOf);
  return { entries, total: Number(rows[0]?.total ?? 0) };
}

/** The newest entry of a subject; undefined if there never was any. */
export async function newestEntry(sql: Sql, subject: Subject): Promise<Entry | undefined> {
  const { sql: where, values } = of(subject);
  const [row] = await sql.query(
    `select ${ENTRY_COLUMNS} from flagwright.audit where ${where} order by version desc limit 1`,
    values,
  );
  return row === undefined ? undefined : entryOf(row);
}

/** The entry of a subject with a version. Throws `Problem('NOT_FOUND')`. */
export async function entryAt(sql: Sql, subject: Subject, version: string): Promise<Entry> {
  const { sql: where, values } = of(subject);
  const [row] = await sql.query(
    `select ${ENTRY_COLUMNS} from flagwright.audit where ${where} and version = $${values.length + 1}::bigint`,
    [...values, version],
  );
  if (row !== undefined) return entryOf(row);
  throw new Problem('NOT_FOUND', `version ${version} of ${nameOf(subject)} not found`, {
    hint: 'its history lists the versions it had',
    members: { kind: subject.kind, id: subject.id, version },
  });
}

/** Throws, as there never was such a thing. */
export function neverWas(subject: Subject): Problem {
  const { kind, id, project } = subject;
  return new Problem('NOT_FOUND', `${nameOf(subject)} not found, and never was there`, {
    members: { kind, id, ...(project === undefined || project === '' ? {} : { project }) },
  });
}

const nameOf = ({ kind, id, project = '', stage = '' }: Subject): string => named({ kind, id, project, stage });
