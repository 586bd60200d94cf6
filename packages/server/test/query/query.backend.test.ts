import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../src/http/problem.ts';
import { filterOf } from '../../src/query/filter.ts';
import { orderOf } from '../../src/query/order.ts';
import { pageOf } from '../../src/query/page.ts';
import { type Engine, embedded, postgres, turkish } from './engines.ts';
import { compareTexts, filters, foldedText } from './oracle.ts';
import { FIELDS, fill, ODD_TEXTS, ROWS, type TestRow } from './rows.ts';

const TIE = ['id collate "C"'];
const RUNS = 400;

describe.each([
  { what: 'PostgreSQL', make: () => postgres() },
  { what: 'PostgreSQL in Turkish', make: () => turkish() },
  { what: 'PGlite', make: () => embedded() },
])('lists on $what', ({ make }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await make();
    await fill(engine);
  });
  afterAll(() => engine?.close());

  /** The ids that a statement of a list answers, after a parameter of its own. */
  async function ids(filter: string, sort?: string, page = pageOf({ pageSize: 1_000 })): Promise<readonly string[]> {
    const { sql, values } = filterOf(filter, FIELDS, 2);
    const text = `select id from rows where $1::text = 'own' and ${sql}
      order by ${orderOf(sort, FIELDS, TIE)} limit ${page.limit} offset ${page.offset}`;
    return (await engine.query(text, ['own', ...values])).map(String);
  }

  it('holds what was put in, and every value can be found again', async () => {
    expect(await ids('')).toHaveLength(ROWS.length);
    for (const text of ODD_TEXTS) {
      const wanted = ROWS.filter((row) => row.note === text).map((row) => row.id);
      expect(wanted.length).toBeGreaterThan(0);
      expect(await ids(`note=${JSON.stringify(text)}`)).toEqual(wanted.sort());
    }
  });

  it.each(['note~IN', 'note~in', 'note~QuOtEd', 'note~"ünÏ"'])('finds upper and lower case by %s', async (filter) => {
    const part = filter.slice(5).replaceAll('"', '').toLowerCase();
    const wanted = ROWS.filter((row) => row.note?.toLowerCase().includes(part)).map((row) => row.id);
    expect(wanted.length).toBeGreaterThan(0);
    expect(await ids(filter)).toEqual(wanted.sort());
  });

  it('finds what a filter means', { timeout: 120_000 }, async () => {
    let some = 0;
    await fc.assert(
      fc.asyncProperty(filters, async ({ text, holds }) => {
        fc.pre(text.length <= 2_000);
        const wanted = ROWS.filter(holds).map((row) => row.id);
        if (wanted.length > 0 && wanted.length < ROWS.length) some++;
        expect(await ids(text)).toEqual(wanted.sort());
      }),
      { numRuns: RUNS },
    );
    // the filters are such that they tell rows apart
    expect(some).toBeGreaterThan(RUNS / 4);
  });

  it('sorts as asked, and pages are the parts of the whole', { timeout: 120_000 }, async () => {
    const key = fc.constantFrom(...SORTS.keys());
    const sorts = fc.uniqueArray(fc.tuple(key, fc.boolean(), fc.boolean()), {
      minLength: 1,
      maxLength: 3,
      selector: ([name]) => name,
    });
    await fc.assert(
      fc.asyncProperty(sorts, fc.integer({ min: 20, max: 90 }), async (chosen, pageSize) => {
        const sort = chosen
          .map(([name, descends, word]) => (descends ? (word ? `${name} desc` : `-${name}`) : name))
          .join(', ');
        const wanted = [...ROWS]
          .sort((a, b) => {
            for (const [name, descends] of chosen) {
              const difference = byKey(SORTS.get(name)!, descends, a, b);
              if (difference !== 0) return difference;
            }
            return compareTexts(a.id, b.id);
          })
          .map((row) => row.id);
        expect(await ids('', sort)).toEqual(wanted);
        const paged: string[] = [];
        for (let page = 1; ; page++) {
          const part = await ids('', sort, pageOf({ page, pageSize }));
          paged.push(...part);
          if (part.length === 0) break;
        }
        expect(paged).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  it('has nothing on the last page there can be', async () => {
    expect(await ids('', 'id', pageOf({ page: 9_007_199_254_740, pageSize: 1_000 }))).toEqual([]);
  });

  it('takes a filter of all that is allowed', async () => {
    const list = Array.from({ length: 200 }, (_, i) => `z${i}`).join(',');
    expect(await ids(`id in (${list})`)).toEqual(
      ROWS.filter((_, i) => i % 5 === 0 && i < 200)
        .map((row) => row.id)
        .sort(),
    );
    const many = Array.from({ length: 100 }, () => `tags~a`).join(' and ');
    expect(await ids(many)).toEqual(await ids('tags~a'));
    expect(await ids(`${'not ('.repeat(25)}id=z0${')'.repeat(25)}`)).toHaveLength(ROWS.length - 1);
  });

  it.each([
    `id="'; drop table rows; --"`,
    `id='\\'; drop table rows; --'`,
    `id='") or 1=1 --'`,
    `note~"' or '1'='1"`,
    `note in ("a'); delete from rows; --", '$$; delete from rows; $$')`,
    'id=$1',
    'id=1;delete',
    `tags="'); delete from rows; --"`,
    `id="\\\\'; delete from rows; --"`,
    `id=E'a'`,
  ])('takes %s for a value, or refuses it, and does nothing else', async (filter) => {
    const found = await ids(filter).catch((thrown: unknown) => {
      expect(thrown).toBeInstanceOf(Problem);
      return [];
    });
    expect(found.length).toBeLessThan(ROWS.length / 10);
    expect(await engine.query('select count(*)::integer from rows')).toEqual([ROWS.length]);
  });

  it.each(['id; drop table rows', `id') --`, '(select 1)', 'id/**/desc', 'id nulls first', 'random()', '1', '"id"'])(
    'refuses to sort by %s',
    (sort) => {
      expect(() => orderOf(sort, FIELDS, TIE)).toThrow(Problem);
    },
  );
});

type Key = (row: TestRow) => string | number | bigint | boolean | undefined;

/** What the test's table is sorted by. */
const SORTS: ReadonlyMap<string, Key> = new Map<string, Key>([
  ['metadata.name', (row) => row.name],
  ['note', (row) => row.note],
  ['enabled', (row) => row.enabled],
  ['size', (row) => row.size],
  ['weight', (row) => row.weight],
  ['version', (row) => row.version],
  ['modificationInfo.createdTime', (row) => row.created],
]);

/** Missing values last, whichever the direction. */
function byKey(key: Key, descends: boolean, a: TestRow, b: TestRow): number {
  const [left, right] = [key(a), key(b)];
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
  const texts = typeof left === 'string' && typeof right === 'string';
  const difference = texts
    ? compareTexts(foldedText(left), foldedText(right))
    : left < right
      ? -1
      : Number(left > right);
  return descends ? -difference : difference;
}

describe('lists in the locale C', () => {
  it('know upper and lower case of ASCII, and have the same order', async () => {
    const engine = await postgres(`template template0 encoding 'UTF8' locale 'C'`);
    try {
      await fill(engine);
      const of = async (filter: string, sort?: string): Promise<readonly unknown[]> => {
        const { sql, values } = filterOf(filter, FIELDS, 1);
        return engine.query(`select id from rows where ${sql} order by ${orderOf(sort, FIELDS, TIE)}`, values);
      };
      const wanted = ROWS.filter((row) => row.note?.toLowerCase().includes('check')).map((row) => row.id);
      expect(await of('note~CHECK')).toEqual(wanted.sort());
      expect(await of('note="Ünïcödé"')).not.toEqual([]);
      const sizes = [...ROWS].filter((row) => row.name === 'a' || row.name === 'A' || row.name === 'b');
      const order = sizes.sort(
        (a, b) => compareTexts(foldedText(a.name!), foldedText(b.name!)) || compareTexts(a.id, b.id),
      );
      expect(await of('metadata.name in (a, A, b)', 'metadata.name')).toEqual(order.map((row) => row.id));
    } finally {
      await engine.close();
    }
  });
});
