import { FlagError } from '@flagwright/core';
import type { Database } from '../database/database.ts';
import { makeToken } from './token-text.ts';
import { issueToken } from './token-writes.ts';

/** The name of the first token, of which nobody is the maker but the server. */
export const FIRST_ADMIN = 'first-admin';

/** How often it is tried when connections are lost. */
const ATTEMPTS = 3;

/**
 * Makes the first token, which may do everything, if there never was any. Of several servers that start at once one
 * resolves to its text, which is there only this once; the others, and all later ones, to undefined.
 */
export async function bootstrap(database: Database): Promise<string | undefined> {
  if (await hasTokens(database)) return undefined;
  const made = makeToken();
  const grant = { role: 'admin', projects: undefined, stages: undefined } as const;
  const by = { subject: 'flagwright', token: undefined, request: 'first-start' };
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.write(async (transaction) => {
        // the connection may have been lost when the commit was done: then the only token is this one
        const [first] = await transaction.query('select id from flagwright.tokens order by created_at limit 1');
        if (first !== undefined) return first.id === made.id ? made.text : undefined;
        return (await issueToken(transaction, { ...grant, name: FIRST_ADMIN }, by, made)).text;
      });
    } catch (thrown) {
      const lost = thrown instanceof FlagError && thrown.code === 'UNKNOWN';
      if (!lost || attempt === ATTEMPTS) throw thrown;
    }
  }
}

async function hasTokens(database: Database): Promise<boolean> {
  const [row] = await database.query<{ readonly there: boolean }>(
    'select exists (select from flagwright.tokens) as there',
  );
  return row!.there;
}
