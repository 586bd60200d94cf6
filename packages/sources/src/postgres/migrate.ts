import { FlagError } from '@flagwright/core';
import { checkConnection, openDatabase, type PostgresConnection } from './database.ts';
import { failureOf } from './failure.ts';
import { namesOf, qualified } from './names.ts';
import { installSql, SCHEMA_VERSION } from './schema.ts';

/** Options of `migrate`. */
export interface MigrateOptions extends PostgresConnection {
  /** The table of flags: `table` or `schema.table`. Default: `feature_flags`, where the search path puts it. */
  readonly table?: string | undefined;
  /** How long it may take, in ms. Default: 60,000. */
  readonly timeout?: number | undefined;
}

/**
 * Makes or updates the tables, triggers and functions of flags; resolves to the version of the schema. May run any
 * number of times and in several processes at once; a schema that is newer is left alone. Throws
 * `FlagError('UNSUPPORTED')` if there is a table of that name with another purpose, `UNAUTHORIZED` if the role may not.
 */
export async function migrate(options: MigrateOptions): Promise<number> {
  checkConnection(options);
  const { table = 'feature_flags', timeout = 60_000 } = options;
  const names = namesOf(table);
  const database = await openDatabase(options, timeout);
  try {
    const ask = (text: string, values?: readonly unknown[]) => database.query(text, values, { timeout });
    const [found] = await ask(
      `select coalesce((select nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.oid = to_regclass($1)), $2, current_schema()), to_regclass($1) is not null, to_regclass($3) is not null`,
      [names.of(), names.schema ?? null, names.of('schema')],
    );
    const [schema, tableThere, schemaThere] = found ?? [];
    if (typeof schema !== 'string') {
      throw new FlagError('NOT_FOUND', 'the search path names no schema. Hint: pass table: "schema.table"');
    }
    if (tableThere === true && schemaThere !== true) {
      throw new FlagError(
        'UNSUPPORTED',
        `the table ${table} exists and was not made for flags. Hint: choose another \`table\``,
      );
    }
    if (schemaThere === true) {
      const [installed] = await ask(`select version from ${names.of('schema')}`);
      const version = Number(installed?.[0] ?? 0);
      if (version >= SCHEMA_VERSION) return version;
    }
    await ask(installSql(qualified(schema, names.table)));
    return SCHEMA_VERSION;
  } catch (error) {
    throw failureOf(error);
  } finally {
    await database.release();
  }
}
