import { FlagError } from '@flagwright/core';
import { checkDurations } from '../checks.ts';
import { checkConnection, openDatabase, type PostgresConnection } from './database.ts';
import { failureOf } from './failure.ts';
import { type Names, namesOf, qualified } from './names.ts';
import { installSql, SCHEMA_VERSION } from './schema.ts';

/** Options of `migrate`. */
export interface MigrateOptions extends PostgresConnection {
  /** The table of flags: `table` or `schema.table`. Default: `feature_flags`, where the search path puts it. */
  readonly table?: string | undefined;
  /** How long it may take, in ms. Default: 60,000. */
  readonly timeout?: number | undefined;
}

type Ask = (text: string, values?: readonly unknown[]) => Promise<readonly (readonly unknown[])[]>;

/**
 * Makes or updates the tables, triggers and functions of flags, and makes those that are missing; resolves to the version
 * of the schema. May run any number of times and in several processes at once; a schema that is newer is left alone.
 * Throws `FlagError('UNSUPPORTED')` if there is a table of one of these names with another purpose, `UNAUTHORIZED` if the
 * role may not.
 */
export async function migrate(options: MigrateOptions): Promise<number> {
  checkConnection(options);
  const { table = 'feature_flags', timeout = 60_000 } = options;
  checkDurations({ timeout });
  const given = namesOf(table);
  const database = await openDatabase(options, timeout);
  try {
    const ask: Ask = (text, values) => database.query(text, values, { timeout });
    const names = await resolved(given, ask);
    const there = await piecesThere(names, ask);
    if (!there.includes('schema')) refuseForeign(table, names, there);
    else {
      const [installed] = await ask(`select version from ${names.of('schema')}`);
      const version = Number(installed?.[0] ?? 0);
      // what a newer program made has pieces that are not known here
      if (version > SCHEMA_VERSION) return version;
      if (version === SCHEMA_VERSION && (await isWhole(names, there, ask))) return version;
    }
    await ask(installSql(names));
    return SCHEMA_VERSION;
  } catch (error) {
    throw failureOf(error);
  } finally {
    await database.release();
  }
}

/** The names with the schema in which the table is, or else would be. Throws `FlagError('NOT_FOUND')`. */
async function resolved(given: Names, ask: Ask): Promise<Names> {
  const [found] = await ask(
    `select coalesce((select nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.oid = to_regclass($1)), $2, current_schema())`,
    [given.of(), given.schema ?? null],
  );
  const schema = found?.[0];
  if (typeof schema === 'string') return qualified(schema, given.table);
  throw new FlagError('NOT_FOUND', 'the search path names no schema. Hint: pass table: "schema.table"');
}

/** The companions of the table; the table itself is the one without a name. */
const COMPANIONS = ['', 'schema', 'sets', 'commits', 'tombstones', 'revision'] as const;

async function piecesThere(names: Names, ask: Ask): Promise<readonly string[]> {
  const columns = COMPANIONS.map((_, i) => `to_regclass($${i + 1}) is not null`).join(', ');
  const [row = []] = await ask(
    `select ${columns}`,
    COMPANIONS.map((one) => names.of(one === '' ? undefined : one)),
  );
  return COMPANIONS.filter((_, i) => row[i] === true);
}

function refuseForeign(table: string, names: Names, there: readonly string[]): void {
  if (there.length === 0) return;
  const foreign = there[0] === '' ? names.table : `${names.table}_${there[0]}`;
  throw new FlagError(
    'UNSUPPORTED',
    `${foreign} exists and was not made for flags, which ${table} would need it for. Hint: choose another \`table\``,
  );
}

/** Whether all is there: the tables, the triggers, and functions that name them where they are now. */
async function isWhole(names: Names, there: readonly string[], ask: Ask): Promise<boolean> {
  if (there.length < COMPANIONS.length) return false;
  const [row = []] = await ask(
    `select (select count(*) from pg_trigger where tgrelid = to_regclass($1) and tgname like 'flagwright\\_%'),
            (select count(*) from pg_proc where oid::regproc::oid = any (array[
               to_regproc($2), to_regproc($3), to_regproc($4)]::oid[]) and position($1 in prosrc) > 0)`,
    [names.of(), names.of('begin'), names.of('publish'), names.of('commit')],
  );
  return Number(row[0]) === 6 && Number(row[1]) === 3;
}
