import { FlagError } from '@flagwright/core';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bootstrap, FIRST_ADMIN } from '../../src/access/bootstrap.ts';
import { signer } from '../../src/access/signer.ts';
import type { Database } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { apiOf, withToken } from './api.ts';

describe.each(ENGINES)('a first start on $name', ({ open }) => {
  let opened: OpenedDatabase;
  /** Two servers; of an embedded database there is one. */
  let servers: readonly Database[];

  beforeEach(async () => {
    opened = await open();
    const { database, url } = opened;
    servers = [database, url === undefined ? database : await openDatabase({ connectionString: url })];
    return async () => {
      if (servers[1] !== database) await servers[1]!.close();
      await opened.end();
    };
  });

  it('makes one token, whose text one of many servers says once', async () => {
    const many = Array.from({ length: 8 }, (_, i) => bootstrap(servers[i % 2]!));
    const said = (await Promise.all(many)).filter((text) => text !== undefined);
    expect(said).toHaveLength(1);
    expect(await bootstrap(opened.database)).toBeUndefined();
    const rows = await opened.database.query('select name, role, projects, stages, expires_at from flagwright.tokens');
    expect(rows).toEqual([{ name: FIRST_ADMIN, role: 'admin', projects: null, stages: null, expires_at: null }]);
    const api = apiOf(servers[1]!);
    expect(await api.authenticate(withToken(said[0]!))).toMatchObject({ subject: FIRST_ADMIN, role: 'admin' });
    await api.close();
    const audit = await opened.database.query(`select actor, action, token from flagwright.audit where kind = 'Token'`);
    expect(audit).toEqual([{ actor: 'flagwright', action: 'create', token: null }]);
  });

  it('makes none where there was one, revoked or not', async () => {
    await bootstrap(opened.database);
    await opened.database.query('update flagwright.tokens set revoked_at = now()');
    expect(await bootstrap(opened.database)).toBeUndefined();
  });

  it('says the text when the commit was done and its answer lost', async () => {
    const { database } = opened;
    let lost = 0;
    const unlucky: Database = {
      ...database,
      async write(work, options) {
        const done = await database.write(work, options);
        if (lost++ > 0) return done;
        throw new FlagError('UNKNOWN', 'the connection was lost');
      },
    };
    const text = await bootstrap(unlucky);
    expect(lost).toBe(2);
    const api = apiOf(database);
    expect(await api.authenticate(withToken(text!))).toMatchObject({ role: 'admin' });
    await api.close();
  });

  it('makes one key to sign by, which all servers have', async () => {
    const signers = await Promise.all(Array.from({ length: 8 }, (_, i) => signer(servers[i % 2]!)));
    const claims = { project: 'shop', stage: 'prod', expires: 1_000 };
    const texts = new Set(signers.map(({ sign }) => sign(claims)));
    expect(texts.size).toBe(1);
    const [text] = texts;
    for (const { verify } of [...signers, await signer(opened.database)]) expect(verify(text!, 999)).toEqual(claims);
    const [row] = await opened.database.query('select name, value from flagwright.settings');
    expect(Buffer.from(String(row!.value), 'base64url')).toHaveLength(32);
  });

  it('signs nothing with a key that is none', async () => {
    await opened.database.query(`insert into flagwright.settings (name, value) values ('stream-key', 'short')`);
    await expect(signer(opened.database)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('what is signed', () => {
  let opened: OpenedDatabase;
  let other: OpenedDatabase;
  beforeAll(async () => {
    [opened, other] = await Promise.all([ENGINES[0]!.open(), ENGINES[0]!.open()]);
  });
  afterAll(async () => {
    await opened.end();
    await other.end();
  });

  const names = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });
  const times = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

  it('is read again until it expires, and only by its own database', async () => {
    const { sign, verify } = await signer(opened.database);
    const stranger = await signer(other.database);
    fc.assert(
      fc.property(names, names, times, (project, stage, expires) => {
        const claims = { project, stage, expires };
        const text = sign(claims);
        expect(text).toMatch(/^[\w.-]{1,1024}$/);
        expect(verify(text, expires - 1)).toEqual(claims);
        expect(verify(text, expires)).toBeUndefined();
        expect(stranger.verify(text, 0)).toBeUndefined();
      }),
    );
  });

  it('holds no longer with any other character', async () => {
    const { sign, verify } = await signer(opened.database);
    const text = sign({ project: 'shop', stage: 'prod', expires: 1_000 });
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=%';
    for (let i = 0; i < text.length; i++) {
      for (const letter of letters) {
        if (letter === text[i]) continue;
        expect(verify(text.slice(0, i) + letter + text.slice(i + 1), 0), `${letter} at ${i}`).toBeUndefined();
      }
    }
  });

  it('is not what somebody sent who has no key', async () => {
    const { sign, verify } = await signer(opened.database);
    const text = sign({ project: 'shop', stage: 'prod', expires: 1_000 });
    const [version, body, mac] = text.split('.') as [string, string, string];
    const more = Buffer.from(JSON.stringify({ project: 'shop', stage: 'prod', expires: 9e15 })).toString('base64url');
    const long = 'A'.repeat(10_000);
    for (const sent of [
      '',
      '.',
      '..',
      'v1..',
      `${version}.${body}.`,
      `${version}..${mac}`,
      `v2.${body}.${mac}`,
      `${version}.${more}.${mac}`,
      `${text}.`,
      `${text}\n`,
      ` ${text}`,
      `${text}=`,
      text.toLowerCase(),
      long,
      `v1.${long}.${mac}`,
    ]) {
      expect(verify(sent, 0), sent.slice(0, 100)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (sent) => {
        expect(verify(sent, 0)).toBeUndefined();
        expect(verify(`v1.${Buffer.from(sent).toString('base64url')}.${mac}`, 0)).toBeUndefined();
      }),
    );
  });

  it.each([
    [{ project: 'a'.repeat(500), stage: 'b'.repeat(500), expires: 1 }],
    [{ project: 'a', stage: 'b', expires: 0 }],
    [{ project: 'a', stage: 'b', expires: 1.5 }],
    [{ project: 'a', stage: 'b', expires: Number.POSITIVE_INFINITY }],
  ])('is not %j', async (claims) => {
    const { sign } = await signer(opened.database);
    expect(() => sign(claims)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
