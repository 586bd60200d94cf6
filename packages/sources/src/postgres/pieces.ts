import type { Names } from './names.ts';

/** Runs a statement. */
export type Ask = (text: string, values?: readonly unknown[]) => Promise<readonly (readonly unknown[])[]>;

/** The relations of an installation, and the columns by which they are known; the table itself has no name. */
const RELATIONS: readonly (readonly [companion: string | undefined, columns: string])[] = [
  ['schema', 'only_row version reads channel'],
  [undefined, 'project stage kind key definition revision updated_at updated_by'],
  ['sets', 'project stage revision nonce manager'],
  ['commits', 'project stage revision nonce'],
  ['tombstones', 'project stage kind key revision'],
  ['revision', 'last_value is_called'],
];

const INDEXES = ['by_revision', 'gone_by_revision'] as const;

const TRIGGERS = ['begin', 'stamp', 'inserted', 'updated', 'deleted', 'refuse_truncate'] as const;

const FUNCTIONS = [
  'begin()',
  'stamp()',
  'publish()',
  'refuse_truncate()',
  'commit(text, text, jsonb, text, text, integer)',
] as const;

/** What there is of the relations with our names. */
export interface Pieces {
  /** Those of our shape. */
  readonly ours: readonly (string | undefined)[];
  /** The name of one that was made for something else. */
  readonly foreign: string | undefined;
}

/** Looks for relations with our names. */
export async function piecesThere(names: Names, ask: Ask): Promise<Pieces> {
  const rows = await ask(
    `select to_regclass(name) is not null, string_to_array(columns, ' ') <@ array(
         select attname::text from pg_attribute where attrelid = to_regclass(name) and not attisdropped)
       from unnest($1::text[], $2::text[]) with ordinality piece (name, columns, place) order by place`,
    [RELATIONS.map(([companion]) => names.of(companion)), RELATIONS.map(([, columns]) => columns)],
  );
  const there = RELATIONS.map(([companion], i) => ({ companion, exists: rows[i]?.[0], fits: rows[i]?.[1] }));
  const foreign = there.find(({ exists, fits }) => exists === true && fits !== true);
  return {
    ours: there.filter(({ exists, fits }) => exists === true && fits === true).map(({ companion }) => companion),
    foreign: foreign && plainName(names, foreign.companion),
  };
}

/** Whether pieces are of an installation, of which the table that says so may be gone. */
export async function isInstalled(names: Names, { ours }: Pieces, ask: Ask): Promise<boolean> {
  if (ours.includes('schema') || ours.length === RELATIONS.length - 1) return true;
  const [row] = await ask(`select count(*) > 0 from pg_trigger where tgrelid = to_regclass($1) and tgname = any ($2)`, [
    names.of(),
    TRIGGERS.map((one) => `flagwright_${one}`),
  ]);
  return row?.[0] === true;
}

/** The name of an index of somebody else that is in the place of one of ours. */
export async function foreignIndex(names: Names, ask: Ask): Promise<string | undefined> {
  const rows = await ask(
    `select exists (select where to_regclass(name) is not null) and not exists (
         select from pg_index where indexrelid = to_regclass(name) and indrelid in (to_regclass($2), to_regclass($3)))
       from unnest($1::text[]) with ordinality piece (name, place) order by place`,
    [INDEXES.map((one) => names.of(one)), names.of(), names.of('tombstones')],
  );
  const foreign = INDEXES.find((_, i) => rows[i]?.[0] === true);
  return foreign && plainName(names, foreign);
}

/** Whether all is there and works: relations, indexes, triggers, and functions that name the tables where they are now. */
export async function isWhole(names: Names, { ours }: Pieces, ask: Ask): Promise<boolean> {
  if (ours.length < RELATIONS.length) return false;
  const functions = FUNCTIONS.map((one) => {
    const bracket = one.indexOf('(');
    return `${names.of(one.slice(0, bracket))}${one.slice(bracket)}`;
  });
  const [row = []] = await ask(
    `select (select count(*) from pg_trigger where tgrelid = to_regclass($1) and tgname = any ($2)
               and tgenabled in ('O', 'A') and tgfoid = any (array(select to_regprocedure(one)::oid from unnest($3::text[]) one))),
            (select count(*) from unnest($3::text[]) one join pg_proc on oid = to_regprocedure(one)),
            (select count(*) from pg_proc where oid = any (array[
               to_regprocedure($4), to_regprocedure($5), to_regprocedure($6)]::oid[]) and position($7 in prosrc) > 0),
            (select count(*) from unnest($8::text[]) one join pg_index on indexrelid = to_regclass(one)),
            (select count(*) from pg_constraint where conrelid = to_regclass($9) and contype = 'f'),
            (select count(*) from pg_attrdef where adrelid = to_regclass($7) and pg_get_expr(adbin, adrelid) like 'nextval(%')`,
    [
      names.of(),
      TRIGGERS.map((one) => `flagwright_${one}`),
      functions,
      functions[0],
      functions[2],
      functions[4],
      names.of('sets'),
      INDEXES.map((one) => names.of(one)),
      names.of('commits'),
    ],
  );
  const expected = [TRIGGERS.length, FUNCTIONS.length, 3, INDEXES.length, 1, 1];
  return expected.every((count, i) => Number(row[i]) === count);
}

/** The name of a piece as people write it. */
export function plainName({ table }: Names, companion: string | undefined): string {
  return companion === undefined ? table : `${table}_${companion}`;
}
