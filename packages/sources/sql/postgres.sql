-- Tables of flags in PostgreSQL 14 or later, schema version 1. May be run again.
-- Made by schemaSql("public.feature_flags") of @flagwright/sources/postgres; migrate() does the same.
begin isolation level read committed;
-- two who install at the same time take turns
select pg_advisory_xact_lock(hashtextextended('flagwright install "public"."feature_flags"', 0));

create sequence if not exists "public"."feature_flags_revision";

-- What is installed. `reads` is the lowest version a program must know to read it; `channel` carries the hints.
create table if not exists "public"."feature_flags_schema" (
  only_row boolean primary key default true check (only_row),
  version integer not null,
  reads integer not null,
  channel text not null default 'flagwright_' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 16)
);

-- One row for each entry. This is the table to edit; the others are kept by its triggers.
create table if not exists "public"."feature_flags" (
  project text not null default 'default' check (project <> '' and char_length(project) <= 200),
  stage text not null default 'default' check (stage <> '' and char_length(stage) <= 200),
  kind text not null default 'flag' check (kind in ('flag', 'segment', 'evaluator', 'attribute', 'metadata', 'override')),
  key text not null check (key <> ''),
  definition jsonb not null,
  revision bigint not null default 0,
  updated_at timestamptz not null default now(),
  updated_by text,
  primary key (project, stage, kind, key)
);
do $$
begin
  if exists (select from pg_class where oid = '"public"."feature_flags"'::regclass and (relkind <> 'r' or relhassubclass or relispartition)) then
    raise exception 'a table that is partitioned or inherited cannot hold flags' using errcode = 'FWPAR';
  end if;
end $$;
-- whoever writes has ended, and waits: nothing below is done while flags change
lock table "public"."feature_flags" in share row exclusive mode;
-- `revision` first: without statistics the planner would take an index that begins like the key for a single row
create index if not exists "feature_flags_by_revision" on "public"."feature_flags" (revision, project, stage);

-- One row for each set. A set that is not here is unknown; one that is here may be empty.
create table if not exists "public"."feature_flags_sets" (
  project text not null check (project <> '' and char_length(project) <= 200),
  stage text not null check (stage <> '' and char_length(stage) <= 200),
  revision bigint not null default nextval('"public"."feature_flags_revision"'),
  nonce text not null default substr(replace(gen_random_uuid()::text, '-', ''), 1, 16),
  manager text,
  primary key (project, stage)
);

-- The last revisions of each set, by which a reader's own is recognised. They go with their set: they are no history of
-- another one of that name.
create table if not exists "public"."feature_flags_commits" (
  project text not null,
  stage text not null,
  revision bigint not null,
  nonce text not null,
  primary key (project, stage, revision),
  foreign key (project, stage) references "public"."feature_flags_sets" on delete cascade
);

-- what went with one of them when somebody dropped it
alter table "public"."feature_flags_sets" alter column revision set default nextval('"public"."feature_flags_revision"');
do $$
begin
  if not exists (select from pg_constraint where conrelid = '"public"."feature_flags_commits"'::regclass and contype = 'f') then
    delete from "public"."feature_flags_commits";
    alter table "public"."feature_flags_commits" add foreign key (project, stage) references "public"."feature_flags_sets" on delete cascade;
  end if;
end $$;

-- Entries that are gone, for readers of a revision that had them.
create table if not exists "public"."feature_flags_tombstones" (
  project text not null,
  stage text not null,
  kind text not null,
  key text not null,
  revision bigint not null,
  primary key (project, stage, kind, key)
);
create index if not exists "feature_flags_gone_by_revision" on "public"."feature_flags_tombstones" (revision, project, stage);

-- Before a statement: wait for those who write already, then draw the transaction's revision, unless it has one. A
-- sequence that lags behind the sets, as on a logical replica that has taken over, is put right.
create or replace function "public"."feature_flags_begin"() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  self text := TG_RELID || ':' || pg_current_xact_id();
begin
  perform pg_advisory_xact_lock((x'464c4147'::bigint << 32) | '"public"."feature_flags"'::regclass::oid::bigint);
  if current_setting('flagwright.transaction', true) is distinct from self then
    perform setval('"public"."feature_flags_revision"', greatest(nextval('"public"."feature_flags_revision"'), 1 + (select max(s.revision) from "public"."feature_flags_sets" s)));
    perform set_config('flagwright.transaction', self, true);
  end if;
  return null;
end $$;

create or replace function "public"."feature_flags_stamp"() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  new.revision := currval('"public"."feature_flags_revision"');
  new.updated_at := now();
  new.updated_by := coalesce(nullif(current_setting('flagwright.author', true), ''), session_user);
  return new;
end $$;

-- After a statement: tombstones, a new revision of each set that was touched, and a hint with its name.
create or replace function "public"."feature_flags_publish"() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  n bigint := currval('"public"."feature_flags_revision"');
  keep constant integer := 1000;
  hint_channel text;
  one record;
  cut bigint;
  touched jsonb;
begin
  if TG_OP <> 'INSERT' then
    insert into "public"."feature_flags_tombstones" as gone (project, stage, kind, key, revision)
      select o.project, o.stage, o.kind, o.key, n from old_rows o
      where not exists (select from "public"."feature_flags" f where f.project = o.project and f.stage = o.stage and f.kind = o.kind and f.key = o.key)
      on conflict (project, stage, kind, key) do update set revision = excluded.revision;
    select jsonb_agg(jsonb_build_array(o.project, o.stage)) into touched
      from (select distinct project, stage from old_rows) o;
  end if;
  if TG_OP <> 'DELETE' then
    delete from "public"."feature_flags_tombstones" gone using new_rows r where gone.project = r.project and gone.stage = r.stage and gone.kind = r.kind and gone.key = r.key;
    select coalesce(touched, '[]') || coalesce(jsonb_agg(jsonb_build_array(r.project, r.stage)), '[]') into touched
      from (select distinct project, stage from new_rows) r;
  end if;

  for one in select distinct item ->> 0 as project, item ->> 1 as stage from jsonb_array_elements(touched) item loop
    if exists (
      select from "public"."feature_flags_sets" s where s.project = one.project and s.stage = one.stage
        and s.manager is not null and s.manager is distinct from current_setting('flagwright.manager', true)
    ) then
      raise exception 'the set %/% is managed: only its manager writes it', one.project, one.stage
        using errcode = 'FWMAN', hint = 'change it where it is managed';
    end if;

    insert into "public"."feature_flags_sets" as s (project, stage, revision) values (one.project, one.stage, n)
      on conflict (project, stage) do update set revision = excluded.revision, nonce = excluded.nonce
      where s.revision <> excluded.revision;
    if not found then continue; end if; -- this transaction has been here before

    insert into "public"."feature_flags_commits" (project, stage, revision, nonce)
      select s.project, s.stage, s.revision, s.nonce from "public"."feature_flags_sets" s
      where s.project = one.project and s.stage = one.stage
      on conflict (project, stage, revision) do update set nonce = excluded.nonce;
    if random() < 0.02 then
      select c.revision into cut from "public"."feature_flags_commits" c where c.project = one.project and c.stage = one.stage
        order by c.revision desc offset keep limit 1;
      delete from "public"."feature_flags_commits" c where c.project = one.project and c.stage = one.stage and c.revision <= cut;
      delete from "public"."feature_flags_tombstones" gone
        where gone.project = one.project and gone.stage = one.stage and gone.revision <= cut;
    end if;
    if hint_channel is null then select channel into hint_channel from "public"."feature_flags_schema"; end if;
    perform pg_notify(hint_channel, jsonb_build_array(one.project, one.stage)::text);
  end loop;
  return null;
end $$;

create or replace function "public"."feature_flags_refuse_truncate"() returns trigger language plpgsql as $$
begin
  raise exception 'flags cannot be truncated: nobody would hear of it'
    using errcode = 'FWTRU', hint = 'delete from "public"."feature_flags"';
end $$;

create or replace trigger flagwright_begin before insert or update or delete on "public"."feature_flags"
  for each statement execute function "public"."feature_flags_begin"();
create or replace trigger flagwright_stamp before insert or update on "public"."feature_flags"
  for each row execute function "public"."feature_flags_stamp"();
create or replace trigger flagwright_inserted after insert on "public"."feature_flags"
  referencing new table as new_rows for each statement execute function "public"."feature_flags_publish"();
create or replace trigger flagwright_updated after update on "public"."feature_flags"
  referencing old table as old_rows new table as new_rows for each statement execute function "public"."feature_flags_publish"();
create or replace trigger flagwright_deleted after delete on "public"."feature_flags"
  referencing old table as old_rows for each statement execute function "public"."feature_flags_publish"();
create or replace trigger flagwright_refuse_truncate before truncate on "public"."feature_flags"
  for each statement execute function "public"."feature_flags_refuse_truncate"();

-- All edits or none: [{kind, key, next, was?}], `next` null to delete, `was` null for absent. Answers the set's
-- revision, or what the entries that are no longer what they were are now. A manager takes over a set that has none.
create or replace function "public"."feature_flags_commit"(
  in_project text, in_stage text, edits jsonb, author text, in_manager text, knows integer default null,
  out revision bigint, out nonce text, out conflicts jsonb
) language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '5s' as $$
begin
  -- before the other lock, as plain statements have it: the other way round they would wait for each other
  lock table "public"."feature_flags" in row exclusive mode;
  perform pg_advisory_xact_lock((x'464c4147'::bigint << 32) | '"public"."feature_flags"'::regclass::oid::bigint);
  if not exists (select from "public"."feature_flags_schema" v where knows is null or v.reads <= knows) then
    raise exception 'the schema of flags needs a program that knows a version other than %', knows using errcode = 'FWNEW';
  end if;
  perform set_config('flagwright.author', coalesce(author, ''), true);
  perform set_config('flagwright.manager', coalesce(in_manager, ''), true);

  -- `offset 0`: each edit looks up its own row; without statistics the planner would try every edit on every row
  select jsonb_agg(jsonb_build_array(item ->> 'kind', item ->> 'key', now.definition::text)) into conflicts
    from jsonb_array_elements(edits) item
    left join lateral (select f.definition from only "public"."feature_flags" f where f.project = in_project and f.stage = in_stage and f.kind = item ->> 'kind' and f.key = item ->> 'key' offset 0) now on true
    where item ? 'was' and nullif(item -> 'was', 'null') is distinct from now.definition;
  if conflicts is not null then return; end if;

  if not exists (select from "public"."feature_flags_sets" s where s.project = in_project and s.stage = in_stage) then
    insert into "public"."feature_flags_sets" (project, stage) values (in_project, in_stage) on conflict do nothing;
  end if;
  delete from only "public"."feature_flags" where ctid = any (array(
    select gone.ctid from jsonb_array_elements(edits) item,
      lateral (select f.ctid from only "public"."feature_flags" f where f.project = in_project and f.stage = in_stage and f.kind = item ->> 'kind' and f.key = item ->> 'key' offset 0) gone
    where item -> 'next' = 'null'));
  insert into "public"."feature_flags" as f (project, stage, kind, key, definition)
    select in_project, in_stage, item ->> 'kind', item ->> 'key', item -> 'next'
    from jsonb_array_elements(edits) item where item -> 'next' <> 'null'
    on conflict (project, stage, kind, key) do update set definition = excluded.definition
    where f.definition <> excluded.definition;
  if in_manager is not null then
    update "public"."feature_flags_sets" s set manager = in_manager
      where s.project = in_project and s.stage = in_stage and s.manager is null;
  end if;
  select s.revision, s.nonce into revision, nonce from "public"."feature_flags_sets" s where s.project = in_project and s.stage = in_stage;
end $$;

revoke execute on function "public"."feature_flags_begin"(), "public"."feature_flags_stamp"(), "public"."feature_flags_publish"() from public;

insert into "public"."feature_flags_schema" as v (version, reads) values (1, 1)
  on conflict (only_row) do update set version = excluded.version, reads = excluded.reads where v.version < excluded.version;

-- Whatever was changed while one of these was missing was told to nobody: each set has a new revision, of those before
-- none is known any more, and so everybody reads everything.
do $$
declare
  n bigint;
begin
  delete from "public"."feature_flags_commits";
  delete from "public"."feature_flags_tombstones";
  insert into "public"."feature_flags_sets" (project, stage) select distinct project, stage from only "public"."feature_flags" on conflict do nothing;
  if not exists (select from "public"."feature_flags_sets") then return; end if;
  n := setval('"public"."feature_flags_revision"', greatest(
    nextval('"public"."feature_flags_revision"'), 1 + (select max(revision) from "public"."feature_flags_sets"), 1 + (select max(revision) from only "public"."feature_flags")));
  update "public"."feature_flags_sets" set revision = n, nonce = substr(replace(gen_random_uuid()::text, '-', ''), 1, 16);
  insert into "public"."feature_flags_commits" (project, stage, revision, nonce) select project, stage, revision, nonce from "public"."feature_flags_sets";
  perform pg_notify(v.channel, jsonb_build_array(s.project, s.stage)::text) from "public"."feature_flags_schema" v, "public"."feature_flags_sets" s;
end $$;
commit;
