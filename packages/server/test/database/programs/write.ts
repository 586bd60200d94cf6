import { openDatabase } from '../../../src/database/open.ts';

// Writes a number after the other into a data directory, and says of each that it was committed.
const [, , dataDirectory] = process.argv;
const database = await openDatabase({ dataDirectory });
await database.query('create table if not exists numbers (n serial primary key, text text)');
for (;;) {
  const number = await database.write(async (transaction) => {
    const [row] = await transaction.query('insert into numbers (text) values ($1) returning n', ['x'.repeat(2_000)]);
    const edit = { key: `flag-${Number(row?.n) % 100}`, next: { default: row?.n } };
    await transaction.publish({ project: 'p', stage: 's' }, [edit], 'writer');
    return row?.n;
  });
  process.stdout.write(`${String(number)}\n`);
}
