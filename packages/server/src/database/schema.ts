/**
 * The tables of the control plane, in a schema of their own. Each step is run once, in order, within one transaction;
 * steps that were released are never changed.
 *
 * All resources are rows of one table: a kind, and the names by which it is found. Versions come from one sequence, over
 * all resources, so a version is never used twice, and the history of everything has one order, which is that of commits.
 */
export const STEPS: readonly string[] = [
  `
create sequence flagwright.versions;

-- \`spec\` and \`status\` are json and not jsonb: the order of variants counts. Names sort by code points, everywhere alike.
create table flagwright.resources (
  kind text not null,
  project text collate "C" not null default '',
  stage text collate "C" not null default '',
  id text collate "C" not null,
  version bigint not null,
  spec json not null,
  status json,
  created_at timestamptz not null,
  created_by text not null,
  modified_at timestamptz not null,
  modified_by text not null,
  primary key (kind, project, stage, id)
);
create index resources_by_id on flagwright.resources (kind, project, id, stage);
create index resources_by_time on flagwright.resources (kind, project, modified_at);
create index resources_not_archived on flagwright.resources (project, id)
  where kind = 'FeatureFlag' and (spec ->> 'archived') is distinct from 'true';
create index resources_that_require on flagwright.resources (project) where (spec -> 'prerequisites') is not null;

-- What was done, by whom: every change of a resource, in the transaction that makes it. \`before\` and \`after\` are
-- {spec, status} of the resource, null where there is none.
create table flagwright.audit (
  version bigint primary key,
  at timestamptz not null,
  actor text not null,
  token text,
  request text not null,
  action text not null,
  kind text not null,
  project text not null,
  stage text not null,
  id text not null,
  before json,
  after json,
  comment text,
  forced boolean not null default false,
  details json
);
create index audit_by_resource on flagwright.audit (kind, project, stage, id, version);
create index audit_by_project on flagwright.audit (project, version);

create function flagwright.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the history is only ever added to' using errcode = 'FWHIS';
end $$;
create trigger refuse_change before update or delete on flagwright.audit
  for each row execute function flagwright.refuse_change();
create trigger refuse_truncate before truncate on flagwright.audit
  for each statement execute function flagwright.refuse_change();

-- Of a token only the hash of its secret is kept.
create table flagwright.tokens (
  id text primary key,
  name text not null unique,
  subject text not null,
  hash text not null,
  role text not null,
  projects text[],
  stages text[],
  created_at timestamptz not null,
  created_by text not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);

-- What all servers of a database share: keys they made themselves.
create table flagwright.settings (
  name text primary key,
  value text not null
);

create sequence flagwright.change_requests;
create unique index change_requests_by_id on flagwright.resources (id) where kind = 'ChangeRequest';
-- those that wait for their time: few, so that servers may look for them every second
create index change_requests_approved on flagwright.resources (created_at)
  where kind = 'ChangeRequest' and status ->> 'state' = 'pending' and status ->> 'approvedAt' is not null;
`,
  `
-- A webhook is a cursor over the audit: \`cursor\` is the version of the last change it is done with. \`secret\` signs, so it
-- must be kept as it is; for a while after a rotation the one before signs too.
create table flagwright.webhooks (
  id text primary key,
  name text not null unique,
  url text not null,
  events text[] not null,
  projects text[],
  stages text[],
  enabled boolean not null,
  secret text not null,
  previous_secret text,
  previous_until timestamptz,
  version bigint not null,
  created_at timestamptz not null,
  created_by text not null,
  modified_at timestamptz not null,
  modified_by text not null,
  cursor bigint not null,
  failures integer not null default 0,
  failing_since timestamptz,
  next_attempt_at timestamptz,
  lease_holder text,
  lease_until timestamptz,
  last_status integer,
  last_error text,
  last_at timestamptz
);

-- What was sent, the last of it.
create table flagwright.webhook_deliveries (
  id bigint generated always as identity primary key,
  webhook text not null references flagwright.webhooks on delete cascade,
  event text not null,
  type text not null,
  at timestamptz not null,
  attempt integer not null,
  status integer,
  error text,
  ms integer not null
);
create index webhook_deliveries_by_webhook on flagwright.webhook_deliveries (webhook, id);

-- How often flags were evaluated; an empty variant is none.
create table flagwright.usage (
  project text collate "C" not null,
  stage text collate "C" not null,
  flag text collate "C" not null,
  variant text collate "C" not null,
  hour timestamptz not null,
  count bigint not null,
  primary key (project, flag, hour, stage, variant)
);
create index usage_by_hour on flagwright.usage (hour);

-- Counts that were sent, so that those that are sent again count once.
create table flagwright.usage_batches (
  project text not null,
  stage text not null,
  batch text not null,
  at timestamptz not null,
  primary key (project, stage, batch)
);
create index usage_batches_by_time on flagwright.usage_batches (at);
`,
];
