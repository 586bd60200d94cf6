import { until } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Topic } from '../../src/database/database.ts';
import { ENGINES, type OpenedDatabase } from './engines.ts';

describe.each(ENGINES)('a database on $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.end());

  it('answers with rows by name', async () => {
    expect(await opened.database.query('select $1::int as a, $2 as b', [1, 'x'])).toEqual([{ a: 1, b: 'x' }]);
  });

  it('commits what was written, publishes, and tells all who listen', async () => {
    const { database } = opened;
    const heard: Topic[] = [];
    const stop = database.listen((topic) => heard.push(topic));
    await until('it listens', () => heard.length === 2);
    heard.length = 0;
    const revision = await database.write(async (transaction) => {
      await transaction.query('insert into flagwright.settings (name, value) values ($1, $2)', ['a', 'b']);
      transaction.hint('tokens');
      return transaction.publish({ project: 'p', stage: 's' }, [{ key: 'k', next: { default: true } }], 'ann');
    });
    expect(revision).toMatch(/^[0-9a-f]{16}\.\d+$/);
    await until('it is told', () => heard.length > 0);
    expect(heard).toEqual(['tokens']);
    expect(await database.query('select value from flagwright.settings where name = $1', ['a'])).toEqual([
      { value: 'b' },
    ]);
    await stop();
  });
});
