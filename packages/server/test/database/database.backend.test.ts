import { FlagError } from '@flagwright/core';
import { postgresStore } from '@flagwright/sources/postgres';
import { until } from '@flagwright/test-servers';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Database, Topic } from '../../src/database/database.ts';
import { ENGINES, type OpenedDatabase } from './engines.ts';

const SET = { project: 'p', stage: 's' };

describe.each(ENGINES)('a database on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let database: Database;

  beforeAll(async () => {
    opened = await open();
    ({ database } = opened);
    await database.query('create table notes (id serial primary key, text text unique)');
    const heard = new Set<Topic>();
    database.listen((topic) => heard.add(topic));
    await until('it hears of everything when the connection is there', () => heard.size === 2);
  });

  afterAll(() => opened.end());

  afterEach(() => database.query('delete from notes'));

  const note = (text: string): readonly [string, readonly unknown[]] => [
    'insert into notes (text) values ($1)',
    [text],
  ];
  const notes = async (): Promise<readonly unknown[]> =>
    (await database.query('select text from notes order by id')).map(({ text }) => text);

  it.each<[expression: string, answer: unknown]>([
    ['1::smallint', 1],
    ['1::int', 1],
    ['9007199254740993::bigint', '9007199254740993'],
    ['array[1, 2]::bigint[]', ['1', '2']],
    ['1.50::numeric', '1.50'],
    ['1.5::float8', 1.5],
    ['true', true],
    [`'x'::text`, 'x'],
    ['null::text', null],
    [`array['a', null, 'b,"c']`, ['a', null, 'b,"c']],
    [`'{"b": [1], "a": null}'::json`, { b: [1], a: null }],
    [`'{"b": [1], "a": null}'::jsonb`, { b: [1], a: null }],
    [`'"text"'::json`, 'text'],
    [`'2026-02-03 04:05:06.789+02'::timestamptz`, new Date('2026-02-03T02:05:06.789Z')],
    [`'\\x00ff'::bytea`, Buffer.from([0, 255])],
    [`'f47ac10b-58cc-4372-a567-0e02b2c3d479'::uuid`, 'f47ac10b-58cc-4372-a567-0e02b2c3d479'],
  ])('answers %s', async (expression, answer) => {
    expect(await database.query(`select ${expression} as it`)).toEqual([{ it: answer }]);
  });

  it.each<[type: string, value: unknown, text: string | null]>([
    ['text', "it's", "it's"],
    ['int', 7, '7'],
    ['bigint', 9007199254740993n, '9007199254740993'],
    ['boolean', true, 'true'],
    ['text', null, null],
    ['text', undefined, null],
    ['json', { a: [1, 'x'] }, '{"a":[1,"x"]}'],
    ['json', '"text"', '"text"'],
    ['text[]', ['a', null, 'b"\\,{}'], '{a,NULL,"b\\"\\\\,{}"}'],
    ['text[]', [], '{}'],
    ['bytea', Buffer.from([0, 255]), '\\x00ff'],
    ['timestamptz', new Date('2026-02-03T02:05:06.789Z'), '2026-02-03 02:05:06.789+00'],
  ])('takes a %s: %s', async (type, value, text) => {
    const [row] = await database.read(async (sql) => {
      await sql.query(`set local timezone = 'UTC'`);
      return sql.query(`select $1::${type}::text as it`, [value]);
    });
    expect(row).toEqual({ it: text });
  });

  it('a mistake of a statement is thrown as it is, without what was sent', async () => {
    await database.query(...note('twice'));
    await expect(database.query(...note('twice'))).rejects.toMatchObject({ code: '23505', severity: 'ERROR' });
    const error: unknown = await database
      .query('select nowhere, $1::text', ['secret'])
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: '42703' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('secret');
  });

  describe('write', () => {
    it('commits what the work has written, and answers what it resolved to', async () => {
      expect(
        await database.write(async (transaction) => {
          await transaction.query(...note('a'));
          return transaction.query('select count(*) as n from notes');
        }),
      ).toEqual([{ n: '1' }]);
      expect(await notes()).toEqual(['a']);
    });

    it('undoes everything if the work throws, flags too', async () => {
      const reason = new Error('no');
      const writing = database.write(async (transaction) => {
        await transaction.query(...note('a'));
        await transaction.publish({ ...SET, project: 'undone' }, [{ key: 'k', next: { default: 1 } }], 'ann');
        throw reason;
      });
      await expect(writing).rejects.toBe(reason);
      expect(await notes()).toEqual([]);
      const store = postgresStore({ pool: database.pool, project: 'undone', stage: 's' });
      onTestFinished(() => store.close?.());
      await expect(store.read()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('does everything and undoes it in a dry run, and hints at nothing', async () => {
      const heard = ear();
      const revision = await database.write(
        async (transaction) => {
          await transaction.query(...note('a'));
          transaction.hint('tokens');
          return transaction.publish({ ...SET, project: 'dry' }, [{ key: 'k', next: { default: 1 } }], 'ann');
        },
        { dryRun: true },
      );
      expect(revision).toMatch(/^[0-9a-f]{16}\.\d+$/);
      expect(await notes()).toEqual([]);
      await database.write(async (transaction) => transaction.hint('resources'));
      await until('the next hint has come', () => heard.length > 0);
      expect(heard).toEqual(['resources']);
    });

    it('a statement that failed undoes everything, though the work has caught it', async () => {
      const writing = database.write(async (transaction) => {
        await transaction.query(...note('a'));
        await transaction.query('select 1 / 0').catch(() => undefined);
      });
      await expect(writing).rejects.toMatchObject({ code: '22012' });
      expect(await notes()).toEqual([]);
    });

    it('goes back to a mark, after which a statement has failed, and goes on', async () => {
      await database.write(async (transaction) => {
        await transaction.query(...note('a'));
        const first = await transaction.mark();
        await transaction.query(...note('b'));
        await transaction.query('select 1 / 0').catch(() => undefined);
        await first.undo();
        const second = await transaction.mark();
        await transaction.query(...note('c'));
        await second.keep();
      });
      expect(await notes()).toEqual(['a', 'c']);
    });

    it('is done again as a whole if it met another transaction after a mark', async () => {
      let times = 0;
      await database.write(async (transaction) => {
        times++;
        await transaction.query(...note(`${times}`));
        const mark = await transaction.mark();
        if (times > 1) return mark.keep();
        await transaction
          .query(`do $$ begin raise exception 'met' using errcode = '40001'; end $$`)
          .catch(() => undefined);
        await mark.undo();
      });
      expect(await notes()).toEqual(['2']);
    });

    it('one at a time: nothing that was read has changed when it is written', async () => {
      await database.query(`insert into notes (id, text) values (0, '0')`);
      await Promise.all(
        Array.from({ length: 20 }, () =>
          database.write(async (transaction) => {
            const [row] = await transaction.query('select text from notes where id = 0');
            await transaction.query('update notes set text = $1 where id = 0', [Number(row?.text) + 1]);
          }),
        ),
      );
      expect(await notes()).toEqual(['20']);
    });

    it('publishes as the manager of the set, with the author', async () => {
      const store = postgresStore({ pool: database.pool, ...SET });
      onTestFinished(() => store.close?.());
      const revision = await database.write((transaction) =>
        transaction.publish(SET, [{ key: 'k', next: { default: true } }], 'ann'),
      );
      const set = await store.read();
      expect(set.revision).toBe(revision);
      expect(await database.query('select updated_by from feature_flags where project = $1', ['p'])).toEqual([
        { updated_by: 'ann' },
      ]);
      await expect(store.commit([{ key: 'k', next: 1 }])).rejects.toMatchObject({ code: 'MANAGED' });
      const conflict = database.write((transaction) =>
        transaction.publish(SET, [{ key: 'k', next: 1, was: null }], 'ann'),
      );
      await expect(conflict).rejects.toMatchObject({ code: 'CONFLICT' });
      const nonsense = database.write((transaction) => transaction.publish(SET, [{ key: '', next: 1 }], 'ann'));
      await expect(nonsense).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect((await store.read(set)).revision).toBe(revision);
    });

    it('an empty list makes a set', async () => {
      const set = { project: 'empty', stage: 's' };
      const revision = await database.write((transaction) => transaction.publish(set, [], 'ann'));
      const store = postgresStore({ pool: database.pool, ...set });
      onTestFinished(() => store.close?.());
      expect((await store.read()).revision).toBe(revision);
    });

    it('takes no statement when it is over', async () => {
      const transaction = await database.write(async (own) => own);
      await expect(transaction.query('select 1')).rejects.toMatchObject({ code: 'NOT_READY' });
      await expect(transaction.publish(SET, [], 'ann')).rejects.toMatchObject({ code: 'NOT_READY' });
    });

    it('work that met another transaction is done again, a few times', async () => {
      let times = 0;
      const writing = database.write(async (transaction) => {
        times++;
        await transaction.query(...note('again'));
        if (times < 3) await transaction.query(`do $$ begin raise exception 'met' using errcode = '40001'; end $$`);
        return times;
      });
      expect(await writing).toBe(3);
      expect(await notes()).toEqual(['again']);
      const never = database.write((transaction) => {
        times++;
        return transaction.query(`do $$ begin raise exception 'met' using errcode = '40P01'; end $$`);
      });
      await expect(never).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(times).toBe(7);
    });
  });

  describe('read', () => {
    it('sees one moment, and writes nothing', async () => {
      await database.query(...note('a'));
      const [first, second] = await database.read(async (sql) => [
        await sql.query('select count(*)::int as n, now() as t from notes'),
        await sql.query('select count(*)::int as n, now() as t from notes'),
      ]);
      expect(first).toEqual([{ n: 1, t: expect.any(Date) }]);
      expect(second).toEqual(first);
      await expect(database.read((sql) => sql.query(...note('b')))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(await notes()).toEqual(['a']);
    });

    it('throws what the work throws, and leaves the connection as it was', async () => {
      await expect(
        database.read(async () => {
          throw new FlagError('NOT_FOUND', 'nothing there');
        }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await database.query(...note('a'));
    });
  });

  /** What is heard from now on: somebody listens already. */
  function ear(): Topic[] {
    const heard: Topic[] = [];
    onTestFinished(database.listen((topic) => heard.push(topic)));
    return heard;
  }

  describe('listen', () => {
    it('hears of each topic once for a transaction, when it is committed', async () => {
      const heard = ear();
      await database.write(async (transaction) => {
        transaction.hint('tokens');
        transaction.hint('tokens');
        transaction.hint('resources');
      });
      await until('both are heard', () => heard.length >= 2);
      expect([...heard].sort()).toEqual(['resources', 'tokens']);
    });

    it('a listener that throws keeps nothing from the others, and one that stops hears nothing', async () => {
      const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
      onTestFinished(() => warn.mockRestore());
      onTestFinished(
        database.listen(() => {
          throw new Error('mine');
        }),
      );
      const silent: Topic[] = [];
      const stop = database.listen((topic) => silent.push(topic));
      await stop();
      const heard = ear();
      await database.write(async (transaction) => transaction.hint('tokens'));
      await until('it is heard', () => heard.includes('tokens'));
      expect(silent).toEqual([]);
      expect(warn).toHaveBeenCalledWith(expect.stringContaining('mine'), 'FlagwrightWarning');
    });
  });
});

describe.each(ENGINES)('closing a database on $name', ({ open }) => {
  it('waits for what is under way, takes nothing more, and may be called again', async () => {
    const { database, end } = await open();
    database.listen(() => undefined);
    const writing = database.write(async (transaction) => {
      await transaction.query('create table late ()');
      void closing();
      await new Promise((resolve) => setTimeout(resolve, 100));
      await transaction.query('select count(*) from late');
      return 'done';
    });
    let closed: Promise<void> | undefined;
    const closing = (): Promise<void> => {
      closed ??= database.close();
      return closed;
    };
    expect(await writing).toBe('done');
    await closed;
    await database.close();
    await expect(database.query('select 1')).rejects.toMatchObject({ code: 'NOT_READY' });
    await expect(database.write(async () => 1)).rejects.toMatchObject({ code: 'NOT_READY' });
    await expect(database.read(async () => 1)).rejects.toMatchObject({ code: 'NOT_READY' });
    expect(() => database.listen(() => undefined)).toThrow(expect.objectContaining({ code: 'NOT_READY' }) as Error);
    await end();
  });

  it('cuts off who does not end', async () => {
    const { database, end } = await open();
    let close: Promise<void> | undefined;
    const writing = database.write(async (transaction) => {
      close = database.close();
      await close;
      return transaction.query('select 1');
    });
    await expect(writing).rejects.toBeInstanceOf(FlagError);
    await end();
  });
});
