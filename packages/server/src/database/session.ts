import { FlagError } from '@flagwright/core';
import { abandonClient, type Statement, wasAnswered } from '@flagwright/sources/postgres';
import type { Row } from './database.ts';
import type { Answer, Client, Pool } from './driver.ts';
import { within } from './within.ts';

/** How long a connection, and the answer to a statement, may take, in ms. */
export const TIMEOUT = 10_000;

/** How long whoever asks for something waits for a connection, in ms: sooner told that there is none than kept waiting. */
export const CHECKOUT = 3_000;

/** A connection for a while. */
export interface Session {
  readonly client: Client;
  /**
   * Runs a statement; without values, several. Throws what the driver throws, and `UNAVAILABLE` if no answer came within
   * `timeout` ms, 10,000 if left out.
   */
  query<R extends Row = Row>(text: string, values?: readonly unknown[], timeout?: number): Promise<readonly R[]>;
  /** The same in the form of the driver. */
  send(statement: Statement, timeout?: number): Promise<Answer>;
  /** Gives the connection back, or closes it if nobody knows what is under way there, or `broken` says so. */
  end(broken?: boolean): void;
}

/** A connection of the pool; one that comes too late goes back. Throws like `Session.query`. */
export async function openSession(pool: Pool, timeout: number = TIMEOUT): Promise<Session> {
  // the driver may throw at once, too
  const connecting = (async () => pool.connect())();
  let client: Client;
  try {
    client = await within(connecting, timeout, 'no connection to the database');
  } catch (error) {
    connecting.then((late) => late.release()).catch(() => undefined);
    if ((error as { readonly code?: unknown } | null)?.code !== 'ERR_INVALID_URL') throw error;
    // the error that says so shows the address
    throw new FlagError(
      'INVALID_ARGUMENT',
      'the connectionString cannot be read; expected postgres://user@host/database',
    );
  }
  let lost = false;
  const send = async (statement: Statement, limit = TIMEOUT): Promise<Answer> => {
    try {
      return await within(client.query(statement), limit, 'no answer of the database');
    } catch (error) {
      if (!wasAnswered(error)) lost = true;
      throw error;
    }
  };
  return {
    client,
    send,
    async query<R extends Row>(text: string, values?: readonly unknown[], limit?: number): Promise<readonly R[]> {
      const answer = await send(
        { text, rowMode: 'array', ...(values === undefined ? {} : { values: [...values] }) },
        limit,
      );
      const { rows = [], fields = [] } = answer;
      return rows.map((row) => Object.fromEntries(fields.map(({ name }, i) => [name, row[i]])) as R);
    },
    end(broken = false) {
      if (lost || broken) return void abandonClient(client);
      client.release();
    },
  };
}
