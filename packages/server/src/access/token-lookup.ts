import { FlagError } from '@flagwright/core';
import type { Sql } from '../database/database.ts';
import { within } from '../database/within.ts';
import { TOKEN_COLUMNS, type TokenRow } from './token-row.ts';

/** Tokens that one query asks for, and that wait to be asked for, at most. */
const BATCH = 500;
const MOST_WAITING = 10_000;

/** Once the database was away, it is not asked again for this long, in ms. */
const PAUSE = 1_000;

/** An answer that takes longer, in ms, is waited for no more: what has been asked over a connection that is dead never comes. */
const LONGEST = 5_000;

/** Looks tokens up in the database, by one query at a time for all of them. */
export interface TokenLookup {
  /** For how long the database has owed an answer, in ms; 0 if it owes none. */
  owing(): number;
  /** Whether the last query has failed, and nothing tells that the database is back. */
  failing(): boolean;
  /** A token by its id; undefined if there is none. Throws what the database throws, and `FlagError('UNAVAILABLE')`. */
  find(id: string): Promise<TokenRow | undefined>;
  /** What is being asked may have changed since: who comes from now on is answered by a query of its own. */
  outdated(): void;
}

interface Waiting {
  readonly id: string;
  readonly resolve: (row: TokenRow | undefined) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * A flood of bad tokens costs one query at a time, whatever their number: those that come meanwhile wait for the next.
 * `clock` is in ms, and never goes back.
 */
export function tokenLookup(database: Sql, clock: () => number): TokenLookup {
  let asked = new Map<string, Promise<TokenRow | undefined>>();
  let waiting: Waiting[] = [];
  let asking = false;
  let since: number | undefined;
  let failed: { readonly error: FlagError; readonly at: number } | undefined;

  async function ask(): Promise<void> {
    asking = true;
    // those that come in the same turn share a query
    await undefined;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      waiting = waiting.slice(BATCH);
      try {
        const ids = [...new Set(batch.map(({ id }) => id))];
        since = clock();
        const rows = await within(
          database.query<TokenRow>(`select ${TOKEN_COLUMNS} from flagwright.tokens where id = any($1::text[])`, [ids]),
          LONGEST,
          'tokens were not looked up',
        );
        failed = undefined;
        const byId = new Map(rows.map((row) => [row.id, row]));
        for (const { id, resolve } of batch) resolve(byId.get(id));
      } catch (thrown) {
        const left = thrown instanceof FlagError ? waiting : [];
        if (thrown instanceof FlagError) {
          failed = { error: thrown, at: clock() };
          waiting = [];
        }
        for (const { reject } of [...batch, ...left]) reject(thrown);
      } finally {
        since = undefined;
      }
    }
    asking = false;
  }

  return {
    owing: () => (since === undefined ? 0 : clock() - since),
    failing: () => failed !== undefined,
    find(id) {
      if (failed !== undefined && clock() - failed.at < PAUSE) return Promise.reject(failed.error);
      const before = asked.get(id);
      if (before !== undefined) return before;
      if (waiting.length >= MOST_WAITING) {
        return Promise.reject(new FlagError('UNAVAILABLE', 'too many tokens are being looked up'));
      }
      const found = new Promise<TokenRow | undefined>((resolve, reject) => {
        waiting.push({ id, resolve, reject });
      });
      const mine = asked;
      mine.set(id, found);
      const over = (): void => void mine.delete(id);
      found.then(over, over);
      if (!asking) void ask();
      return found;
    },
    outdated() {
      asked = new Map();
      failed = undefined;
    },
  };
}
