import type { Sql } from '../database/database.ts';
import { keep } from './bounded.ts';

/** Uses are gathered for this long, in ms. */
const GATHERED = 1_000;
const MOST = 10_000;

/** The least time between two writes of one token, over all servers, in seconds. */
const INTERVAL = 60;

/** Writes when tokens were used last. */
export interface LastUse {
  /** A token was used at a time, in ms since the epoch. Returns at once. */
  note(id: string, at: number): void;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

/**
 * In the background, for many tokens at once; what could not be written is forgotten, for it is only told to people. Rows
 * that somebody changes just now are left out: nobody waits for this, and this waits for nobody.
 */
export function lastUse(database: Sql): LastUse {
  let noted = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    const [ids, times] = [[...noted.keys()], [...noted.values()].map((at) => new Date(at).toISOString())];
    noted = new Map();
    await database
      .query(
        `update flagwright.tokens as t set last_used_at = u.at
         from unnest($1::text[], $2::timestamptz[]) as u(id, at)
         where t.id = u.id and t.id in (
           select id from flagwright.tokens
           where id = any($1::text[]) order by id for update skip locked
         ) and (t.last_used_at is null or t.last_used_at <= u.at - make_interval(secs => ${INTERVAL}))`,
        [ids, times],
      )
      .catch(() => undefined);
  }

  function flush(): void {
    timer = undefined;
    if (noted.size === 0) return;
    writing = (writing ?? Promise.resolve()).then(write);
  }

  return {
    note(id, at) {
      keep(noted, id, at, MOST);
      timer ??= setTimeout(flush, GATHERED).unref();
    },
    async close() {
      clearTimeout(timer);
      flush();
      await writing;
    },
  };
}
