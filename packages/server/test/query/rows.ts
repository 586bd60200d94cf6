import type { Fields } from '../../src/query/field.ts';
import type { Engine } from './engines.ts';

/** Texts that a careless statement would stumble over. */
export const ODD_TEXTS: readonly string[] = [
  ...[
    '',
    ' ',
    'a',
    'A',
    'b',
    'ab',
    'AB',
    'checkout',
    'New Checkout',
    'my-app',
    'x_y',
    'x%y',
    'xzy',
    '%',
    '_',
    '\\',
    '\\\\',
  ],
  ...[
    'a\\b',
    'a\\%',
    "it's",
    "''",
    '"',
    '"quoted"',
    "'; drop table rows; --",
    '$1',
    '$1::text',
    '/* */',
    '--',
    ';',
    '\\x41',
  ],
  ...[
    'null',
    'NULL',
    'INFO',
    'info',
    'true',
    'and',
    'not',
    'in',
    '__proto__',
    'constructor',
    'toString',
    '(a)',
    'a,b',
    '{a,b}',
    '[1]',
    '{}',
  ],
  ...[
    'Ünïcödé',
    'ÜNÏCÖDÉ',
    'é',
    'e\u0301',
    'жЖ',
    'ЖЖ',
    'σ',
    'Σ',
    'ß',
    '中文',
    '😀',
    '😀x',
    '\uffff',
    '\ue000',
    '\u00a0',
  ],
  ...['\n', 'a\nb', '\t', '\r\n', '\u0001', '\u007f', '\u2028', '“', 'x'.repeat(300), 'a b', '0', '1', '1.0'],
];

/** A row as the test knows it; undefined is missing. */
export interface TestRow {
  readonly id: string;
  readonly name: string | undefined;
  readonly note: string | undefined;
  readonly enabled: boolean | undefined;
  readonly size: number | undefined;
  readonly weight: number | undefined;
  readonly version: bigint | undefined;
  /** In µs since the epoch. */
  readonly created: bigint | undefined;
  readonly tags: readonly string[] | undefined;
  readonly labels: readonly string[] | undefined;
}

export const NUMBERS: readonly number[] = [
  0,
  1,
  -1,
  0.1,
  0.2,
  0.1 + 0.2,
  -2.5,
  10,
  1e21,
  1e-7,
  2 ** 53,
  1.7e308,
  5e-324,
];
export const VERSIONS: readonly bigint[] = [0n, 1n, 2n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n];
/** In ms since the epoch. */
export const TIMES: readonly number[] = [
  Date.parse('2026-01-31T09:30:00.000Z'),
  Date.parse('2026-01-31T09:30:00.001Z'),
  Date.parse('2026-01-31T09:30:00.002Z'),
  Date.parse('1969-12-31T23:59:59.999Z'),
  Date.parse('0001-01-01T00:00:00.000Z'),
  Date.parse('9999-12-31T23:59:59.999Z'),
];

/** Each value with some of the others; periods that share no factor, so that neighbours mix. */
export const ROWS: readonly TestRow[] = Array.from({ length: 3 * ODD_TEXTS.length }, (_, i) => {
  const of = <T>(list: readonly T[], step: number, missing: number): T | undefined =>
    i % missing === missing - 1 ? undefined : list[(i * step) % list.length];
  const texts = (step: number): readonly string[] => ODD_TEXTS.slice((i * step) % ODD_TEXTS.length).slice(0, i % 4);
  const time = of(TIMES, 1, 7);
  return {
    id: `${'zyxwv'[i % 5]}${i}`,
    name: of(ODD_TEXTS, 1, 11),
    note: of(ODD_TEXTS, 5, 5),
    enabled: of([true, false], 1, 3),
    size: of(NUMBERS, 1, 9),
    weight: of(NUMBERS, 3, 8),
    version: of(VERSIONS, 1, 10),
    created: time === undefined ? undefined : BigInt(time) * 1_000n + BigInt([0, 0, 1, 999][i % 4]!),
    tags: i % 6 === 5 ? undefined : texts(3),
    labels: i % 8 === 7 ? undefined : texts(7),
  };
});

/** How the test's table has them: some as columns, some in JSON. */
export const FIELDS: Fields = new Map([
  ['id', { sql: 'id', type: 'text' }],
  ['metadata.name', { sql: `spec ->> 'name'`, type: 'text' }],
  ['note', { sql: 'note', type: 'text' }],
  ['enabled', { sql: `(spec ->> 'enabled')::boolean`, type: 'boolean' }],
  ['size', { sql: `(spec ->> 'size')::numeric`, type: 'number' }],
  ['weight', { sql: 'weight', type: 'number' }],
  ['version', { sql: 'version', type: 'version' }],
  ['modificationInfo.createdTime', { sql: 'created_at', type: 'time' }],
  ['tags', { sql: `spec -> 'tags'`, type: 'texts' }],
  ['labels', { sql: 'to_json(labels)', type: 'texts' }],
]);

/** What stands where a list of texts is missing. */
const NO_LISTS: readonly unknown[] = [undefined, null, 'text', 7, { a: 1 }];

/** Makes the table, and fills it. */
export async function fill(engine: Engine): Promise<void> {
  await engine.query(`create table rows (
    id text primary key, note text, weight double precision, version bigint, created_at timestamptz, labels text[], spec json not null
  )`);
  for (const [i, row] of ROWS.entries()) {
    const tags = row.tags ?? NO_LISTS[i % NO_LISTS.length];
    const { created } = row;
    const ms = created === undefined ? undefined : created / 1_000n - (created % 1_000n < 0n ? 1n : 0n);
    const rest = created === undefined || ms === undefined ? 0n : created - ms * 1_000n;
    await engine.query(
      `insert into rows values ($1, $2, $3::text::double precision, $4::text::bigint,
        $5::text::timestamptz + $6::integer * interval '1 microsecond',
        case when $7::text is not null then array(select json_array_elements_text($7::text::json)) end,
        $8::text::json)`,
      [
        row.id,
        row.note ?? null,
        row.weight === undefined ? null : String(row.weight),
        row.version === undefined ? null : String(row.version),
        ms === undefined ? null : new Date(Number(ms)).toISOString(),
        Number(rest),
        row.labels === undefined ? null : JSON.stringify(row.labels),
        JSON.stringify({ name: row.name, enabled: row.enabled, size: row.size, tags }),
      ],
    );
  }
}
