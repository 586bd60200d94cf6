import { SECTION_OF } from '@flagwright/core';
import { type Names, namesOf, qualified } from './names.ts';
import { republishSql } from './republish.ts';
import { dollars, literal, NONCE } from './sql-text.ts';

/** The version of the schema that this program makes and knows. */
export const SCHEMA_VERSION = 1;

/** SQLSTATEs that the schema raises itself. */
export const RAISED = { managed: 'FWMAN', truncate: 'FWTRU', newer: 'FWNEW', parts: 'FWPAR' } as const;

/**
 * The SQL that makes the tables, triggers and functions of flags, for whoever runs migrations by other means than
 * `migrate`. It may be run again, whereupon every reader reads everything, and needs PostgreSQL 14 or later. Throws `FlagError('INVALID_ARGUMENT')` for a table
 * that is no name.
 */
export function schemaSql(table = 'public.feature_flags'): string {
  const names = namesOf(table);
  return installSql(names.schema === undefined ? qualified('public', names.table) : names);
}

/** The same for names that are known to be qualified. */
export function installSql(names: Names): string {
  return `-- Tables of flags in PostgreSQL 14 or later, schema version ${SCHEMA_VERSION}. May be run again.
-- Made by schemaSql(${JSON.stringify(names.given)}) of @flagwright/sources/postgres; migrate() does the same.
begin isolation level read committed;
-- two who install at the same time take turns
select pg_advisory_xact_lock(hashtextextended(${literal(`flagwright install ${names.of()}`)}, 0));
${MIGRATIONS.map((migration) => migration(names)).join('\n')}
${republishSql(names)}
commit;
`;
}

/** What takes the schema from version i to i + 1; each may be run again. */
const MIGRATIONS: readonly ((names: Names) => string)[] = [tables];

/**
 * Order is commit order: whoever writes takes the table's lock first and holds it until the end of the transaction, so
 * revisions become visible in the order in which they were drawn, and whoever has seen revision n has seen all before.
 * A transaction draws one revision, and bumps each set it touches once, however many statements and rows it has.
 *
 * A revision is named by its number and a random nonce, and the last 1,000 of a set are kept: a number that a restore
 * or a failover hands out again is told from the one that a reader has seen.
 */
function tables(names: Names): string {
  const [flags, sets, commits, tombstones] = [
    names.of(),
    names.of('sets'),
    names.of('commits'),
    names.of('tombstones'),
  ];
  const revision = literal(names.of('revision'));
  const kinds = Object.keys(SECTION_OF).map(literal).join(', ');
  const lock = `perform pg_advisory_xact_lock((x'464c4147'::bigint << 32) | ${literal(flags)}::regclass::oid::bigint);`;
  const own = 'security definer set search_path = pg_catalog, pg_temp';
  const entry = (a: string, b: string): string =>
    ['project', 'stage', 'kind', 'key'].map((column) => `${a}.${column} = ${b}.${column}`).join(' and ');
  const ofEdit =
    "f.project = in_project and f.stage = in_stage and f.kind = item ->> 'kind' and f.key = item ->> 'key'";
  const body = dollars(flags);

  return `
create sequence if not exists ${names.of('revision')};

-- What is installed. \`reads\` is the lowest version a program must know to read it; \`channel\` carries the hints.
create table if not exists ${names.of('schema')} (
  only_row boolean primary key default true check (only_row),
  version integer not null,
  reads integer not null,
  channel text not null default 'flagwright_' || ${NONCE}
);

-- One row for each entry. This is the table to edit; the others are kept by its triggers.
create table if not exists ${flags} (
  project text not null default 'default' check (project <> '' and char_length(project) <= 200),
  stage text not null default 'default' check (stage <> '' and char_length(stage) <= 200),
  kind text not null default 'flag' check (kind in (${kinds})),
  key text not null check (key <> ''),
  definition jsonb not null,
  revision bigint not null default 0,
  updated_at timestamptz not null default now(),
  updated_by text,
  primary key (project, stage, kind, key)
);
do ${body}
begin
  if exists (select from pg_class where oid = ${literal(flags)}::regclass and (relkind <> 'r' or relhassubclass or relispartition)) then
    raise exception 'a table that is partitioned or inherited cannot hold flags' using errcode = '${RAISED.parts}';
  end if;
end ${body};
-- whoever writes has ended, and waits: nothing below is done while flags change
lock table ${flags} in share row exclusive mode;
-- \`revision\` first: without statistics the planner would take an index that begins like the key for a single row
create index if not exists "${names.table}_by_revision" on ${flags} (revision, project, stage);

-- One row for each set. A set that is not here is unknown; one that is here may be empty.
create table if not exists ${sets} (
  project text not null check (project <> '' and char_length(project) <= 200),
  stage text not null check (stage <> '' and char_length(stage) <= 200),
  revision bigint not null default nextval(${revision}),
  nonce text not null default ${NONCE},
  manager text,
  primary key (project, stage)
);

-- The last revisions of each set, by which a reader's own is recognised. They go with their set: they are no history of
-- another one of that name.
create table if not exists ${commits} (
  project text not null,
  stage text not null,
  revision bigint not null,
  nonce text not null,
  primary key (project, stage, revision),
  foreign key (project, stage) references ${sets} on delete cascade
);

-- what went with one of them when somebody dropped it
alter table ${sets} alter column revision set default nextval(${revision});
do ${body}
begin
  if not exists (select from pg_constraint where conrelid = ${literal(commits)}::regclass and contype = 'f') then
    delete from ${commits};
    alter table ${commits} add foreign key (project, stage) references ${sets} on delete cascade;
  end if;
end ${body};

-- Entries that are gone, for readers of a revision that had them.
create table if not exists ${tombstones} (
  project text not null,
  stage text not null,
  kind text not null,
  key text not null,
  revision bigint not null,
  primary key (project, stage, kind, key)
);
create index if not exists "${names.table}_gone_by_revision" on ${tombstones} (revision, project, stage);

-- Before a statement: wait for those who write already, then draw the transaction's revision, unless it has one. A
-- sequence that lags behind the sets, as on a logical replica that has taken over, is put right.
create or replace function ${names.of('begin')}() returns trigger language plpgsql ${own} as ${body}
declare
  self text := TG_RELID || ':' || pg_current_xact_id();
begin
  ${lock}
  if current_setting('flagwright.transaction', true) is distinct from self then
    perform setval(${revision}, greatest(nextval(${revision}), 1 + (select max(s.revision) from ${sets} s)));
    perform set_config('flagwright.transaction', self, true);
  end if;
  return null;
end ${body};

create or replace function ${names.of('stamp')}() returns trigger language plpgsql ${own} as ${body}
begin
  new.revision := currval(${revision});
  new.updated_at := now();
  new.updated_by := coalesce(nullif(current_setting('flagwright.author', true), ''), session_user);
  return new;
end ${body};

-- After a statement: tombstones, a new revision of each set that was touched, and a hint with its name.
create or replace function ${names.of('publish')}() returns trigger language plpgsql ${own} as ${body}
declare
  n bigint := currval(${revision});
  keep constant integer := 1000;
  hint_channel text;
  one record;
  cut bigint;
  touched jsonb;
begin
  if TG_OP <> 'INSERT' then
    insert into ${tombstones} as gone (project, stage, kind, key, revision)
      select o.project, o.stage, o.kind, o.key, n from old_rows o
      where not exists (select from ${flags} f where ${entry('f', 'o')})
      on conflict (project, stage, kind, key) do update set revision = excluded.revision;
    select jsonb_agg(jsonb_build_array(o.project, o.stage)) into touched
      from (select distinct project, stage from old_rows) o;
  end if;
  if TG_OP <> 'DELETE' then
    delete from ${tombstones} gone using new_rows r where ${entry('gone', 'r')};
    select coalesce(touched, '[]') || coalesce(jsonb_agg(jsonb_build_array(r.project, r.stage)), '[]') into touched
      from (select distinct project, stage from new_rows) r;
  end if;

  for one in select distinct item ->> 0 as project, item ->> 1 as stage from jsonb_array_elements(touched) item loop
    if exists (
      select from ${sets} s where s.project = one.project and s.stage = one.stage
        and s.manager is not null and s.manager is distinct from current_setting('flagwright.manager', true)
    ) then
      raise exception 'the set %/% is managed: only its manager writes it', one.project, one.stage
        using errcode = '${RAISED.managed}', hint = 'change it where it is managed';
    end if;

    insert into ${sets} as s (project, stage, revision) values (one.project, one.stage, n)
      on conflict (project, stage) do update set revision = excluded.revision, nonce = excluded.nonce
      where s.revision <> excluded.revision;
    if not found then continue; end if; -- this transaction has been here before

    insert into ${commits} (project, stage, revision, nonce)
      select s.project, s.stage, s.revision, s.nonce from ${sets} s
      where s.project = one.project and s.stage = one.stage
      on conflict (project, stage, revision) do update set nonce = excluded.nonce;
    if random() < 0.02 then
      select c.revision into cut from ${commits} c where c.project = one.project and c.stage = one.stage
        order by c.revision desc offset keep limit 1;
      delete from ${commits} c where c.project = one.project and c.stage = one.stage and c.revision <= cut;
      delete from ${tombstones} gone
        where gone.project = one.project and gone.stage = one.stage and gone.revision <= cut;
    end if;
    if hint_channel is null then select channel into hint_channel from ${names.of('schema')}; end if;
    perform pg_notify(hint_channel, jsonb_build_array(one.project, one.stage)::text);
  end loop;
  return null;
end ${body};

create or replace function ${names.of('refuse_truncate')}() returns trigger language plpgsql as ${body}
begin
  raise exception 'flags cannot be truncated: nobody would hear of it'
    using errcode = '${RAISED.truncate}', hint = 'delete from ${flags.replaceAll("'", "''")}';
end ${body};

create or replace trigger flagwright_begin before insert or update or delete on ${flags}
  for each statement execute function ${names.of('begin')}();
create or replace trigger flagwright_stamp before insert or update on ${flags}
  for each row execute function ${names.of('stamp')}();
create or replace trigger flagwright_inserted after insert on ${flags}
  referencing new table as new_rows for each statement execute function ${names.of('publish')}();
create or replace trigger flagwright_updated after update on ${flags}
  referencing old table as old_rows new table as new_rows for each statement execute function ${names.of('publish')}();
create or replace trigger flagwright_deleted after delete on ${flags}
  referencing old table as old_rows for each statement execute function ${names.of('publish')}();
create or replace trigger flagwright_refuse_truncate before truncate on ${flags}
  for each statement execute function ${names.of('refuse_truncate')}();

-- All edits or none: [{kind, key, next, was?}], \`next\` null to delete, \`was\` null for absent. Answers the set's
-- revision, or what the entries that are no longer what they were are now. A manager takes over a set that has none.
create or replace function ${names.of('commit')}(
  in_project text, in_stage text, edits jsonb, author text, in_manager text, knows integer default null,
  out revision bigint, out nonce text, out conflicts jsonb
) language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '5s' as ${body}
begin
  -- before the other lock, as plain statements have it: the other way round they would wait for each other
  lock table ${flags} in row exclusive mode;
  ${lock}
  if not exists (select from ${names.of('schema')} v where knows is null or v.reads <= knows) then
    raise exception 'the schema of flags needs a program that knows a version other than %', knows using errcode = '${RAISED.newer}';
  end if;
  perform set_config('flagwright.author', coalesce(author, ''), true);
  perform set_config('flagwright.manager', coalesce(in_manager, ''), true);

  -- \`offset 0\`: each edit looks up its own row; without statistics the planner would try every edit on every row
  select jsonb_agg(jsonb_build_array(item ->> 'kind', item ->> 'key', now.definition::text)) into conflicts
    from jsonb_array_elements(edits) item
    left join lateral (select f.definition from only ${flags} f where ${ofEdit} offset 0) now on true
    where item ? 'was' and nullif(item -> 'was', 'null') is distinct from now.definition;
  if conflicts is not null then return; end if;

  if not exists (select from ${sets} s where s.project = in_project and s.stage = in_stage) then
    insert into ${sets} (project, stage) values (in_project, in_stage) on conflict do nothing;
  end if;
  delete from only ${flags} where ctid = any (array(
    select gone.ctid from jsonb_array_elements(edits) item,
      lateral (select f.ctid from only ${flags} f where ${ofEdit} offset 0) gone
    where item -> 'next' = 'null'));
  insert into ${flags} as f (project, stage, kind, key, definition)
    select in_project, in_stage, item ->> 'kind', item ->> 'key', item -> 'next'
    from jsonb_array_elements(edits) item where item -> 'next' <> 'null'
    on conflict (project, stage, kind, key) do update set definition = excluded.definition
    where f.definition <> excluded.definition;
  if in_manager is not null then
    update ${sets} s set manager = in_manager
      where s.project = in_project and s.stage = in_stage and s.manager is null;
  end if;
  select s.revision, s.nonce into revision, nonce from ${sets} s where s.project = in_project and s.stage = in_stage;
end ${body};

revoke execute on function ${names.of('begin')}(), ${names.of('stamp')}(), ${names.of('publish')}() from public;

insert into ${names.of('schema')} as v (version, reads) values (1, 1)
  on conflict (only_row) do update set version = excluded.version, reads = excluded.reads where v.version < excluded.version;
`;
}
