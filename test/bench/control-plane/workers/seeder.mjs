import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { answer } from '../../propagation/workers/answer.mjs';

const OPEN = path.resolve(import.meta.dirname, '../../../../packages/server/dist/database/open.js');

answer({
  /** Runs statements on the database of a server that does not run meanwhile, by the server's own way to it. */
  async run(database, statements) {
    const { openDatabase } = await import(pathToFileURL(OPEN).href);
    const opened = await openDatabase(database);
    try {
      await opened.write(async (transaction) => {
        for (const statement of statements) await transaction.query(statement);
      });
      if (opened.engine === 'postgres') await opened.query('analyze');
    } finally {
      await opened.close();
    }
  },
});
