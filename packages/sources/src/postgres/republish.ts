import type { Names } from './names.ts';
import { dollars, literal, NONCE } from './sql-text.ts';

/** The SQL that has every reader read everything, for it may have been told of less than what was changed. */
export function republishSql(names: Names): string {
  const [flags, sets, commits] = [names.of(), names.of('sets'), names.of('commits')];
  const revision = literal(names.of('revision'));
  const body = dollars(flags);
  return `-- Whatever was changed while one of these was missing was told to nobody: each set has a new revision, of those before
-- none is known any more, and so everybody reads everything.
do ${body}
declare
  n bigint;
begin
  delete from ${commits};
  delete from ${names.of('tombstones')};
  insert into ${sets} (project, stage) select distinct project, stage from only ${flags} on conflict do nothing;
  if not exists (select from ${sets}) then return; end if;
  n := setval(${revision}, greatest(
    nextval(${revision}), 1 + (select max(revision) from ${sets}), 1 + (select max(revision) from only ${flags})));
  update ${sets} set revision = n, nonce = ${NONCE};
  insert into ${commits} (project, stage, revision, nonce) select project, stage, revision, nonce from ${sets};
  perform pg_notify(v.channel, jsonb_build_array(s.project, s.stage)::text) from ${names.of('schema')} v, ${sets} s;
end ${body};`;
}
