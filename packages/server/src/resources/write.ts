import type { Transaction } from '../database/database.ts';
import type { Change, Content } from './change.ts';
import { contentText } from './content-text.ts';
import type { Key, Resource } from './resource.ts';
import { COLUMNS, resourceOf, whereAlike } from './table.ts';
import { type Alike, viewOf } from './view.ts';

export type { Author, Change, Content } from './change.ts';

/** Makes or replaces a resource, and remembers it in the history, with a new version. */
export async function put<Spec, Status>(
  transaction: Transaction,
  key: Key,
  content: { readonly spec: Spec; readonly status?: Status },
  before: Resource | undefined,
  change: Change,
): Promise<Resource<Spec, Status>> {
  const view = viewOf(transaction);
  if (view !== undefined) return view.put(key, content, before, change);
  const version = await remember(transaction, key, before, content, change);
  const { kind, project, stage, id } = key;
  const [row] = await transaction.query(
    `insert into flagwright.resources as r
       (kind, project, stage, id, version, spec, status, created_at, created_by, modified_at, modified_by)
     select $1, $2, $3, $4, $5::bigint, $6::json, $7::json, at, actor, at, actor from flagwright.audit where version = $5::bigint
     on conflict (kind, project, stage, id) do update set
       version = excluded.version, spec = excluded.spec, status = excluded.status,
       modified_at = excluded.modified_at, modified_by = excluded.modified_by
     returning ${COLUMNS}`,
    [kind, project, stage, id, version, JSON.stringify(content.spec), textOf(content.status)],
  );
  transaction.hint('resources');
  return resourceOf(row!);
}

/** Takes a resource away, and remembers it in the history; resolves to the version of its end. */
export async function remove(transaction: Transaction, before: Resource, change: Change): Promise<string> {
  const version = await remember(transaction, before, before, undefined, change);
  const { kind, project, stage, id } = before;
  await transaction.query(
    'delete from flagwright.resources where kind = $1 and project = $2 and stage = $3 and id = $4',
    [kind, project, stage, id],
  );
  transaction.hint('resources');
  return version;
}

/**
 * Takes all resources away that are alike, and remembers each in the history, by their ids and stages; resolves to how many
 * there were. Two statements, however many there are: nobody else writes meanwhile.
 */
export async function removeAll(
  transaction: Transaction,
  alike: Alike,
  { by, action, comment, forced = false, details }: Change,
): Promise<number> {
  const { where, values } = whereAlike(alike);
  const said = [by.subject, by.token ?? null, by.request, action, comment ?? null, forced, textOf(details)];
  const [subject, token, request, what, why, force, more] = said.map((_, i) => `$${values.length + 1 + i}`);
  const rows = await transaction.query(
    `with last as (select kind, project, stage, id, spec, status from flagwright.resources where ${where}
         order by project, id, stage),
       remembered as (insert into flagwright.audit
         (version, at, actor, token, request, action, kind, project, stage, id, before, comment, forced, details)
         select nextval('flagwright.versions'), clock_timestamp(), ${subject}, ${token}, ${request}, ${what},
           kind, project, stage, id,
           case when status is null then json_build_object('spec', spec)
             else json_build_object('spec', spec, 'status', status) end,
           ${why}, ${force}::boolean, ${more}::json
         from last returning 1)
     select count(*)::int as count from remembered`,
    [...values, ...said],
  );
  const count = Number(rows[0]?.count ?? 0);
  if (count === 0) return 0;
  await transaction.query(`delete from flagwright.resources where ${where}`, values);
  transaction.hint('resources');
  return count;
}

/** Writes a row of the history; resolves to its version. The time is the database's: servers may have other clocks. */
export async function remember(
  transaction: Transaction,
  {
    kind,
    project,
    stage,
    id,
  }: Key | { readonly kind: string; readonly project: string; readonly stage: string; readonly id: string },
  before: Content | undefined,
  after: Content | undefined,
  { by, action, comment, forced = false, details }: Change,
): Promise<string> {
  const [row] = await transaction.query<{ readonly version: string }>(
    `insert into flagwright.audit
       (version, at, actor, token, request, action, kind, project, stage, id, before, after, comment, forced, details)
     values (nextval('flagwright.versions'), clock_timestamp(), $1, $2, $3, $4, $5, $6, $7, $8, $9::json, $10::json, $11, $12, $13::json)
     returning version`,
    [
      by.subject,
      by.token ?? null,
      by.request,
      action,
      kind,
      project,
      stage,
      id,
      before === undefined ? null : contentText(before),
      after === undefined ? null : contentText(after),
      comment ?? null,
      forced,
      textOf(details),
    ],
  );
  return String(row!.version);
}

function textOf(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
