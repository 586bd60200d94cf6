import { FlagError } from '@flagwright/core';
import { checkDurations } from '../checks.ts';
import { checkConnection, openDatabase, type PostgresConnection } from './database.ts';
import { failureOf } from './failure.ts';
import { type Names, namesOf, qualified } from './names.ts';
import { type Ask, foreignIndex, isInstalled, isWhole, type Pieces, piecesThere, plainName } from './pieces.ts';
import { installSql, SCHEMA_VERSION } from './schema.ts';

/** Options of `migrate`. */
export interface MigrateOptions extends PostgresConnection {
  /** The table of flags: `table` or `schema.table`. Default: `feature_flags`, where the search path puts it. */
  readonly table?: string | undefined;
  /** How long it may take, in ms. Default: 60,000. */
  readonly timeout?: number | undefined;
}

/**
 * Makes or updates the tables, triggers and functions of flags, and makes those that are missing, whereupon every reader
 * reads everything again; resolves to the version of the schema. May run any number of times and in several processes at
 * once; a schema that is newer is left alone. Throws `FlagError('UNSUPPORTED')` if there is a table of one of these names
 * with another purpose, `UNAUTHORIZED` if the role may not.
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
    const pieces = await piecesThere(names, ask);
    const version = pieces.ours.includes('schema') ? await versionOf(names, ask) : 0;
    // what a newer program made has pieces that are not known here
    if (version > SCHEMA_VERSION) return version;
    if (version === SCHEMA_VERSION && (await isWhole(names, pieces, ask))) return version;
    await refuseForeign(table, names, ask);
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

/** The version that the table of the schema tells; 0 if somebody emptied it. */
async function versionOf(names: Names, ask: Ask): Promise<number> {
  const [row] = await ask(`select version from ${names.of('schema')}`);
  return Number(row?.[0] ?? 0);
}

async function refuseForeign(table: string, names: Names, ask: Ask): Promise<void> {
  // A name is looked up as of now, and what is told of it as of the beginning of the statement: what another process has
  // made in between looks foreign, once.
  const foreign = (await foreignName(names, ask)) && (await foreignName(names, ask));
  if (foreign === undefined) return;
  throw new FlagError(
    'UNSUPPORTED',
    `${foreign} exists and was not made for flags, which ${table} would need it for. Hint: choose another \`table\``,
  );
}

/** The name of what is in the place of one of our pieces, and seems to be of somebody else. */
async function foreignName(names: Names, ask: Ask): Promise<string | undefined> {
  const pieces = await piecesThere(names, ask);
  return pieces.foreign ?? (await foreignIndex(names, ask)) ?? (await foreignAll(names, pieces, ask));
}

/** One of our shape is still of somebody else if nothing says that it is ours. */
async function foreignAll(names: Names, pieces: Pieces, ask: Ask): Promise<string | undefined> {
  if (pieces.ours.length === 0 || (await isInstalled(names, pieces, ask))) return undefined;
  return plainName(names, pieces.ours[0]);
}
