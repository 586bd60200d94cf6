import { FlagError } from '@flagwright/core';
import { startProxy, type TcpProxy, until } from '@flagwright/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Authenticator, type AuthenticatorOptions, authenticator } from '../../src/access/authenticator.ts';
import { bootstrap } from '../../src/access/bootstrap.ts';
import { failureLimit } from '../../src/access/failure-limit.ts';
import { may } from '../../src/access/principal.ts';
import { makeToken } from '../../src/access/token-text.ts';
import { issueToken, type NewToken } from '../../src/access/token-writes.ts';
import type { Database, Row } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { ENGINES, emptyDatabase, type OpenedDatabase } from '../database/engines.ts';
import { apiOf, withToken } from './api.ts';

const BY = { subject: 'ada', token: undefined, request: 'test' };
const UNAUTHORIZED = { code: 'UNAUTHORIZED' };

/** A database whose look-ups of tokens are counted, and may be held up. */
interface Watched extends Database {
  lookups: number;
  /** A look-up waits for this once it has its answer. */
  held: Promise<void> | undefined;
}

function watched(database: Database): Watched {
  const watching: Watched = {
    ...database,
    lookups: 0,
    held: undefined,
    async query<R extends Row>(text: string, values?: readonly unknown[]) {
      if (!text.includes('any($1::text[])') || !text.startsWith('select')) return database.query<R>(text, values);
      watching.lookups++;
      const rows = await database.query<R>(text, values);
      await watching.held;
      return rows;
    },
  };
  return watching;
}

/** Ends what was opened in a test, the last first. */
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

let count = 0;
let at = 0;
let wall = Date.parse('2400-01-01T00:00:00Z');
const clocks: AuthenticatorOptions = { clock: () => at, now: () => wall };

function opened(database: Database, options: AuthenticatorOptions = {}): Authenticator {
  const made = authenticator(database, { ...clocks, ...options });
  ends.push(() => made.close());
  return made;
}

/** One that hears no more of what was hinted at before: hints come in the order of commits. */
async function settled(database: Database, options: AuthenticatorOptions = {}): Promise<Authenticator> {
  let heard = false;
  const stop = database.listen((topic) => {
    if (topic === 'resources') heard = true;
  });
  await database.write(async (transaction) => transaction.hint('resources'));
  await until('hints are heard', () => heard);
  await stop();
  return opened(database, options);
}

async function issue(database: Database, more: Partial<NewToken> = {}): Promise<string> {
  const wanted = { name: `token ${++count}`, role: 'viewer', projects: undefined, stages: undefined, ...more } as const;
  const { text } = await database.write((transaction) => issueToken(transaction, wanted, BY));
  return text;
}

const idOf = (token: string): string => token.split('_')[1]!;

describe.each(ENGINES)('an authenticator on $name', ({ open }) => {
  let served: OpenedDatabase;
  let database: Watched;
  beforeAll(async () => {
    served = await open();
    // what keeps the connection for hints open from test to test
    served.database.listen(() => undefined);
  });
  beforeEach(() => {
    database = watched(served.database);
  });
  afterAll(() => served.end());

  const revokeSilently = (token: string) =>
    served.database.query('update flagwright.tokens set revoked_at = now() where id = $1', [idOf(token)]);

  it('tells who it is, and reads a token once', async () => {
    const token = await issue(database, {
      name: 'till',
      subject: 'shop till',
      role: 'sdk',
      projects: ['a'],
      stages: ['b'],
    });
    const { authenticate } = await settled(database);
    const principal = { subject: 'shop till', token: idOf(token), role: 'sdk', projects: ['a'], stages: ['b'] };
    expect(await authenticate(withToken(token))).toEqual(principal);
    for (let i = 0; i < 50; i++) expect(await authenticate(withToken(token))).toEqual(principal);
    const key = new Request('http://flags.test/', { headers: { 'x-api-key': token } });
    expect(await authenticate(key)).toEqual(principal);
    expect(database.lookups).toBe(1);
  });

  it('shares one query among those who come at once', async () => {
    const tokens = await Promise.all([issue(database), issue(database), issue(database)]);
    const { authenticate } = await settled(database);
    const many = Array.from({ length: 300 }, (_, i) => authenticate(withToken(tokens[i % 3]!)));
    expect(new Set((await Promise.all(many)).map(({ token }) => token))).toEqual(new Set(tokens.map(idOf)));
    expect(database.lookups).toBe(1);
  });

  it('is not flooded: thousands of tokens that nobody has are few queries', async () => {
    const { authenticate } = await settled(database);
    const bad = Array.from({ length: 3_000 }, () => makeToken().text);
    const refused = await Promise.allSettled(bad.map((token) => authenticate(withToken(token))));
    expect(refused.every(({ status }) => status === 'rejected')).toBe(true);
    expect(database.lookups).toBeLessThanOrEqual(6);
    const before = database.lookups;
    for (const token of bad.slice(0, 100))
      await expect(authenticate(withToken(token))).rejects.toMatchObject(UNAUTHORIZED);
    expect(database.lookups).toBe(before);
  });

  it('turns away those who are more than can be asked for', async () => {
    const { authenticate } = await settled(database);
    let letGo = (): void => undefined;
    database.held = new Promise((resolve) => {
      letGo = resolve;
    });
    const asked = Array.from({ length: 10_600 }, () => authenticate(withToken(makeToken().text)));
    const answers = Promise.allSettled(asked);
    letGo();
    const codes = (await answers).map((one) => (one.status === 'rejected' ? one.reason.code : 'fulfilled'));
    expect(new Set(codes)).toEqual(new Set(['UNAUTHORIZED', 'UNAVAILABLE']));
  });

  it('does not ask for the secret of a token it knows', async () => {
    const token = await issue(database);
    const { authenticate } = await settled(database);
    await authenticate(withToken(token));
    for (let i = 0; i < 20; i++) {
      const { text } = makeToken();
      const wrong = `fwt_${idOf(token)}_${text.split('_').slice(2).join('_')}`;
      await expect(authenticate(withToken(wrong))).rejects.toMatchObject(UNAUTHORIZED);
    }
    expect(database.lookups).toBe(1);
    expect(await authenticate(withToken(token))).toMatchObject({ role: 'viewer' });
  });

  it('finds a token that was made after it was looked for', async () => {
    const { authenticate } = await settled(database);
    const made = makeToken();
    await expect(authenticate(withToken(made.text))).rejects.toMatchObject(UNAUTHORIZED);
    const wanted = { name: 'late', role: 'viewer', projects: undefined, stages: undefined } as const;
    await served.database.write((transaction) => issueToken(transaction, wanted, BY, made));
    const who = await until('it is found', () => authenticate(withToken(made.text)).catch(() => undefined));
    expect(who).toMatchObject({ subject: 'late' });
  });

  it('hears at once of what another server revokes', async () => {
    const { url } = served;
    const other = url === undefined ? served.database : await openDatabase({ connectionString: url });
    if (other !== served.database) ends.push(() => other.close());
    const token = await issue(database);
    const admin = await issue(database, { role: 'admin' });
    const { authenticate } = await settled(database);
    const api = apiOf(other);
    ends.push(() => api.close());
    await authenticate(withToken(token));
    expect((await api.ask(admin, 'DELETE', `/tokens/${idOf(token)}`)).status).toBe(204);
    // the clock stands still: it can only be the hint
    const refused = (): Promise<string | undefined> =>
      authenticate(withToken(token)).then(
        () => undefined,
        (thrown: Error) => thrown.message,
      );
    expect(await until('it is refused', refused)).toBe('the token was revoked');
  });

  it('sees within 5 seconds what no hint told', async () => {
    const token = await issue(database);
    const { authenticate } = await settled(database);
    await authenticate(withToken(token));
    await revokeSilently(token);
    at += 4_999;
    expect(await authenticate(withToken(token))).toMatchObject({ role: 'viewer' });
    at += 1;
    await expect(authenticate(withToken(token))).rejects.toMatchObject(UNAUTHORIZED);
  });

  it('takes an answer from before a hint for old', async () => {
    const token = await issue(database);
    const { authenticate } = await settled(database);
    let letGo = (): void => undefined;
    database.held = new Promise((resolve) => {
      letGo = resolve;
    });
    const first = authenticate(withToken(token));
    await until('it is asked for', () => database.lookups === 1);
    await revokeSilently(token);
    let heard = false;
    ends.push(async () => stop());
    const stop = served.database.listen(() => {
      heard = true;
    });
    await served.database.write(async (transaction) => transaction.hint('tokens'));
    await until('it is told', () => heard);
    const second = authenticate(withToken(token));
    letGo();
    expect(await first).toMatchObject({ role: 'viewer' });
    await expect(second).rejects.toMatchObject(UNAUTHORIZED);
    await expect(authenticate(withToken(token))).rejects.toMatchObject(UNAUTHORIZED);
  });

  it('looks at the clock at each use', async () => {
    const token = await issue(database, { expires: wall + 1_000 });
    const { authenticate } = await settled(database);
    expect(await authenticate(withToken(token))).toMatchObject({ role: 'viewer' });
    wall += 999;
    expect(await authenticate(withToken(token))).toMatchObject({ role: 'viewer' });
    wall += 1;
    const refused = { ...UNAUTHORIZED, message: 'the token has expired' };
    await expect(authenticate(withToken(token))).rejects.toMatchObject(refused);
    expect(database.lookups).toBe(1);
  });

  it('remembers only so many', async () => {
    const tokens = [await issue(database), await issue(database), await issue(database)];
    const { authenticate } = await settled(database, { most: 2 });
    for (const token of tokens) await authenticate(withToken(token));
    expect(database.lookups).toBe(3);
    await authenticate(withToken(tokens[2]!));
    await authenticate(withToken(tokens[1]!));
    expect(database.lookups).toBe(3);
    await authenticate(withToken(tokens[0]!));
    expect(database.lookups).toBe(4);
  });

  it('accepts no role that it does not know', async () => {
    const token = await issue(database);
    await served.database.query(`update flagwright.tokens set role = 'emperor' where id = $1`, [idOf(token)]);
    const { authenticate } = await settled(database);
    await expect(authenticate(withToken(token))).rejects.toMatchObject(UNAUTHORIZED);
  });

  it('bounds unknown tokens of an address, and lets those pass that it knows', async () => {
    const [known, fresh] = [await issue(database), await issue(database)];
    const failures = failureLimit({ perSecond: 1, burst: 3, clock: () => at });
    const { authenticate } = await settled(database, { failures });
    await authenticate(withToken(known), '192.0.2.1');
    const guess = () => authenticate(withToken(makeToken().text), '192.0.2.1');
    for (let i = 0; i < 3; i++) await expect(guess()).rejects.toMatchObject(UNAUTHORIZED);
    const lookups = database.lookups;
    await expect(guess()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(authenticate(withToken(fresh), '192.0.2.1')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(database.lookups).toBe(lookups);
    expect(await authenticate(withToken(known), '192.0.2.1')).toMatchObject({ role: 'viewer' });
    expect(await authenticate(withToken(fresh), '192.0.2.2')).toMatchObject({ role: 'viewer' });
    expect(await authenticate(withToken(fresh))).toMatchObject({ role: 'viewer' });
  });

  describe('writes the last use', () => {
    const lastUsed = async (token: string): Promise<string | undefined> => {
      const [row] = await served.database.query('select last_used_at from flagwright.tokens where id = $1', [
        idOf(token),
      ]);
      return row?.last_used_at instanceof Date ? row.last_used_at.toISOString() : undefined;
    };

    it('in the background, and at most once a minute over all servers', async () => {
      const token = await issue(database);
      const [one, other] = [await settled(database), await settled(database)];
      const first = new Date(wall).toISOString();
      await one.authenticate(withToken(token));
      expect(await until('it is written', () => lastUsed(token))).toBe(first);
      wall += 59_999;
      at += 59_999;
      await other.authenticate(withToken(token));
      await one.authenticate(withToken(token));
      await Promise.all([one.close(), other.close()]);
      expect(await lastUsed(token)).toBe(first);
      wall += 1;
      const third = opened(database);
      await third.authenticate(withToken(token));
      await third.close();
      expect(await lastUsed(token)).toBe(new Date(wall).toISOString());
    });

    it('of nobody who was refused', async () => {
      const token = await issue(database);
      const { authenticate, close } = opened(database);
      const wrong = `fwt_${idOf(token)}_${makeToken().text.split('_').slice(2).join('_')}`;
      await expect(authenticate(withToken(wrong))).rejects.toMatchObject(UNAUTHORIZED);
      await close();
      expect(await lastUsed(token)).toBeUndefined();
    });

    it('and fails nobody when that fails', async () => {
      const token = await issue(database);
      let failed = 0;
      const broken: Database = {
        ...served.database,
        async query<R extends Row>(text: string, values?: readonly unknown[]) {
          if (!text.startsWith('update')) return served.database.query<R>(text, values);
          failed++;
          throw new FlagError('UNAVAILABLE', 'no');
        },
      };
      const { authenticate, close } = opened(broken);
      expect(await authenticate(withToken(token))).toMatchObject({ role: 'viewer' });
      await close();
      expect(failed).toBe(1);
    });
  });
});

describe('while the database is away', () => {
  let proxy: TcpProxy;
  let direct: Database;
  let database: Database;
  /** Look-ups of tokens so far. */
  let asked = 0;
  beforeEach(async () => {
    const { url, drop } = await emptyDatabase();
    proxy = await startProxy({ port: Number(new URL(url).port) });
    direct = await openDatabase({ connectionString: url });
    const through = await openDatabase({ connectionString: proxy.through(url) });
    database = {
      ...through,
      query<R extends Row>(text: string, values?: readonly unknown[]) {
        if (text.includes('any($1::text[])') && text.startsWith('select')) asked++;
        return through.query<R>(text, values);
      },
    };
    return async () => {
      await Promise.all([direct.close(), database.close()]);
      await proxy.close();
      await drop();
    };
  });

  const unavailable = { code: 'UNAVAILABLE', status: 503, headers: { 'retry-after': expect.any(String) } };

  it('a token that was read within a minute goes on to evaluate, and nothing else', async () => {
    const token = (await bootstrap(direct))!;
    const unread = await issue(direct);
    const short = await issue(direct, { expires: wall + 7_000 });
    const { authenticate } = await settled(database);
    const who = await authenticate(withToken(token));
    await authenticate(withToken(short));
    expect(may(who, 'administer', {})).toBe(true);
    await proxy.refuse();
    proxy.dropAll();
    at += 6_000;
    wall += 6_000;
    const provisional = await authenticate(withToken(token));
    expect(provisional).toEqual({ ...who, provisional: true });
    expect(may(provisional, 'evaluate', { project: 'a', stage: 'b' })).toBe(true);
    expect(may(provisional, 'read', {})).toBe(false);
    await expect(authenticate(withToken(unread))).rejects.toMatchObject(unavailable);
    expect(await authenticate(withToken(short))).toMatchObject({ provisional: true });
    wall += 1_000;
    await expect(authenticate(withToken(short))).rejects.toMatchObject(UNAUTHORIZED);
    at += 53_999;
    expect(await authenticate(withToken(token))).toMatchObject({ provisional: true });
    at += 1;
    await expect(authenticate(withToken(token))).rejects.toMatchObject(unavailable);
    // what is wrong is wrong all the same
    const wrong = `fwt_${idOf(token)}_${makeToken().text.split('_').slice(2).join('_')}`;
    await expect(authenticate(withToken(wrong))).rejects.toMatchObject(UNAUTHORIZED);
    await proxy.accept();
    const back = await until('it is asked again', () => {
      at += 1_000;
      return authenticate(withToken(token)).catch(() => undefined);
    });
    expect(back).toEqual(who);
  });

  it('nobody waits long for an answer that does not come, if the token was read before', async () => {
    const token = (await bootstrap(direct))!;
    const { authenticate } = await settled(database, { patience: 50 });
    await authenticate(withToken(token));
    proxy.freeze();
    at += 6_000;
    expect(await authenticate(withToken(token))).toMatchObject({ role: 'admin', provisional: true });
    proxy.thaw();
    const back = await until('it is read again', async () => {
      at += 1_000;
      const who = await authenticate(withToken(token)).catch(() => undefined);
      return who?.provisional === undefined && who;
    });
    expect(back).toMatchObject({ role: 'admin' });
  });

  it('only the first waits while it does not answer: flags do not, and other operations are told so', async () => {
    const admin = (await bootstrap(direct))!;
    const till = await issue(direct, { role: 'sdk', projects: ['a'], stages: ['b'] });
    const unread = await issue(direct);
    // no test lasts that long: who waits for it fails
    const { authenticate } = await settled(database, { patience: 600_000, brief: 50 });
    for (const token of [admin, till]) await authenticate(withToken(token));
    proxy.freeze();
    at += 6_000;
    expect(await authenticate(withToken(till))).toMatchObject({ role: 'sdk', provisional: true });
    // the look-up of the first is still under way
    at += 50;
    const lookups = asked;
    for (let i = 0; i < 20; i++) expect(await authenticate(withToken(till))).toMatchObject({ provisional: true });
    expect(asked).toBe(lookups);
    await until('the look-up is given up', () =>
      authenticate(withToken(admin)).then(
        (who) => who.provisional === true,
        () => false,
      ),
    );
    for (let i = 0; i < 20; i++) expect(await authenticate(withToken(admin))).toMatchObject({ provisional: true });
    await expect(authenticate(withToken(unread))).rejects.toMatchObject(unavailable);
    proxy.thaw();
    const back = await until('it is read again', async () => {
      at += 1_000;
      return (await authenticate(withToken(admin))).provisional === undefined;
    });
    expect(back).toBe(true);
  });

  it('other operations are told to come again', async () => {
    const token = (await bootstrap(direct))!;
    const api = apiOf(database, clocks);
    ends.push(() => api.close());
    expect((await api.ask(token, 'GET', '/tokens')).status).toBe(200);
    await proxy.refuse();
    proxy.dropAll();
    at += 6_000;
    const asked = await api.ask(token, 'GET', '/tokens');
    expect(asked).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    expect(asked.headers.get('retry-after')).toMatch(/^\d+$/);
  });
});
