import type { Edit } from '@flagwright/core';
import type { SetName, Transaction } from '../database/database.ts';
import type { Change } from '../resources/change.ts';
import type { Resource } from '../resources/resource.ts';

/** A resource that is to be written, with what the history says of it. */
export interface PendingPut {
  /** As it is from now on. */
  readonly resource: Resource;
  /** What was there, and is, as the history has them: JSON of `{spec, status}`. */
  readonly before: string | null;
  readonly after: string;
  readonly change: Change;
}

/** Entries of a set that are to be published. */
export interface PendingEdits {
  readonly set: SetName;
  readonly edits: readonly Edit[];
  readonly by: string;
}

/** Each change is a row of the history; the resource is written as the last of its changes leaves it. */
const WRITE = `
with given as materialized (
  select * from json_to_recordset($1::json) as g(
    version bigint, at timestamptz, actor text, token text, request text, action text,
    kind text, project text, stage text, id text, before text, after text, comment text, forced boolean, details text,
    created_at timestamptz, created_by text, last boolean)
), remembered as (
  insert into flagwright.audit
    (version, at, actor, token, request, action, kind, project, stage, id, before, after, comment, forced, details)
  select version, at, actor, token, request, action, kind, project, stage, id, before::json, after::json, comment, forced,
    details::json from given order by version
)
insert into flagwright.resources
  (kind, project, stage, id, version, spec, status, created_at, created_by, modified_at, modified_by)
select kind, project, stage, id, version, after::json -> 'spec', after::json -> 'status', created_at, created_by, at, actor
from given where last
on conflict (kind, project, stage, id) do update set
  version = excluded.version, spec = excluded.spec, status = excluded.status,
  modified_at = excluded.modified_at, modified_by = excluded.modified_by`;

/** Writes resources and their history, in one statement however many there are. */
export async function sendPuts(transaction: Transaction, puts: readonly PendingPut[]): Promise<void> {
  if (puts.length === 0) return;
  const last = new Map(puts.map((put) => [nameOf(put.resource), put]));
  const rows = puts.map((put) => {
    const { resource, before, after, change } = put;
    const { kind, project, stage, id, version, createdAt, createdBy, modifiedAt } = resource;
    const { by, action, comment, forced = false, details } = change;
    return {
      version,
      at: modifiedAt,
      actor: by.subject,
      token: by.token,
      request: by.request,
      action,
      kind,
      project,
      stage,
      id,
      before,
      after,
      comment,
      forced,
      details: details === undefined ? undefined : JSON.stringify(details),
      created_at: createdAt,
      created_by: createdBy,
      last: last.get(nameOf(resource)) === put,
    };
  });
  await transaction.query(WRITE, [JSON.stringify(rows)]);
  transaction.hint('resources');
}

/** Publishes to each set once, what its entries are after all of it. */
export async function sendEdits(transaction: Transaction, pending: readonly PendingEdits[]): Promise<void> {
  const sets = new Map<string, { readonly set: SetName; readonly by: string; readonly edits: Map<string, Edit> }>();
  for (const { set, edits, by } of pending) {
    const name = `${set.project} ${set.stage} ${by}`;
    const known = sets.get(name) ?? { set, by, edits: new Map() };
    sets.set(name, known);
    for (const edit of edits) known.edits.set(`${edit.kind ?? 'flag'} ${edit.key}`, edit);
  }
  for (const { set, by, edits } of sets.values()) await transaction.publish(set, [...edits.values()], by);
}

const nameOf = ({ kind, project, stage, id }: Resource): string => `${kind} ${project} ${stage} ${id}`;
