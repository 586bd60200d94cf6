import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootstrap, FIRST_ADMIN } from '../../src/access/bootstrap.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { type Api, apiOf, textIn } from './api.ts';

describe.each(ENGINES)('tokens on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let admin: string;
  let count = 0;

  beforeAll(async () => {
    opened = await open();
    api = apiOf(opened.database);
    admin = (await bootstrap(opened.database))!;
  });
  afterAll(async () => {
    await api.close();
    await opened.end();
  });

  const named = (): string => `token-${++count}`;
  /** Makes a token; its id and its text. */
  const make = async (body: object, by = admin): Promise<{ readonly id: string; readonly token: string }> => {
    const made = await api.ask(by, 'POST', '/tokens', { name: named(), ...body });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return { id: textIn(made, 'id'), token: textIn(made, 'token') };
  };
  const history = (id: string) =>
    opened.database.query(
      `select actor, token, action, project, stage, before, after from flagwright.audit
       where kind = 'Token' and id = $1 order by version`,
      [id],
    );

  it('are made, and shown once', async () => {
    const name = named();
    const expiresAt = '2999-01-31T12:00:00.000Z';
    const made = await api.ask(admin, 'POST', '/tokens', {
      name,
      subject: 'Zoë@example.com',
      role: 'editor',
      projects: ['shop', 'blog', 'shop'],
      expiresAt,
    });
    expect(made.status).toBe(201);
    const { token, ...rest } = made.body;
    expect(rest).toEqual({
      id: expect.stringMatching(/^[a-z2-7]{12}$/),
      name,
      subject: 'Zoë@example.com',
      role: 'editor',
      projects: ['blog', 'shop'],
      stages: null,
      createdAt: expect.stringMatching(/^20.*Z$/),
      createdBy: FIRST_ADMIN,
      expiresAt,
      revokedAt: null,
      lastUsedAt: null,
    });
    expect(token).toMatch(new RegExp(`^fwt_${rest.id}_[\\w-]{43}$`));
    expect(made.headers.get('cache-control')).toBe('no-store');
    expect(made.headers.get('location')).toMatch(new RegExp(`/tokens/${rest.id}$`));
    const read = await api.ask(admin, 'GET', `/tokens/${rest.id}`);
    expect(read.body).toEqual(rest);
    const secret = String(token).split('_').slice(2).join('_');
    const stored = await opened.database.query(
      'select t::text as token, a::text as audit from flagwright.tokens t, flagwright.audit a where a.id = t.id and t.id = $1',
      [rest.id],
    );
    expect(stored).toHaveLength(1);
    expect(JSON.stringify(stored)).not.toContain(secret);
    const [{ hash } = {}] = await opened.database.query('select hash from flagwright.tokens where id = $1', [rest.id]);
    expect(String(stored[0]!.audit)).not.toContain(hash);
    expect(await history(textIn(made, 'id'))).toEqual([
      {
        actor: FIRST_ADMIN,
        token: admin.split('_')[1],
        action: 'create',
        project: '',
        stage: '',
        before: null,
        after: {
          spec: {
            name,
            subject: 'Zoë@example.com',
            role: 'editor',
            projects: ['blog', 'shop'],
            stages: null,
            expiresAt,
          },
        },
      },
    ]);
  });

  it('say who asks', async () => {
    const { id, token } = await make({ name: 'whoever', role: 'sdk', projects: ['shop'], stages: ['prod'] });
    const { status, body } = await api.ask(token, 'GET', '/whoami');
    expect([status, body]).toEqual([
      200,
      {
        subject: 'whoever',
        role: 'sdk',
        projects: ['shop'],
        stages: ['prod'],
        may: ['evaluate'],
        token: expect.objectContaining({ id, name: 'whoever', expiresAt: null }),
      },
    ]);
    expect(JSON.stringify(body)).not.toMatch(/hash/);
    expect((await api.ask(undefined, 'GET', '/whoami')).status).toBe(401);
  });

  it.each<[string, object, number, string]>([
    ['no name', { name: undefined, role: 'admin' }, 422, 'INVALID_SPEC'],
    ['a name of blanks', { name: '  ', role: 'admin' }, 422, 'INVALID_SPEC'],
    ['a name with a line break', { name: 'a\nb', role: 'admin' }, 422, 'INVALID_SPEC'],
    ['a name that is too long', { name: 'a'.repeat(101), role: 'admin' }, 422, 'INVALID_SPEC'],
    ['a name that is taken', { name: FIRST_ADMIN, role: 'viewer' }, 409, 'ALREADY_EXISTS'],
    ['a role nobody knows', { role: 'owner' }, 422, 'INVALID_SPEC'],
    ['no role', {}, 422, 'INVALID_SPEC'],
    ['no projects at all', { role: 'viewer', projects: [] }, 422, 'INVALID_SPEC'],
    ['a project that can be none', { role: 'viewer', projects: ['A B'] }, 422, 'INVALID_SPEC'],
    ['a property nobody knows', { role: 'viewer', project: ['a'] }, 422, 'INVALID_SPEC'],
    ['an application for everything', { role: 'sdk' }, 422, 'INVALID_SPEC'],
    ['an application for all stages', { role: 'sdk', projects: ['a'] }, 422, 'INVALID_SPEC'],
    ['an application for two projects', { role: 'sdk', projects: ['a', 'b'], stages: ['c'] }, 422, 'INVALID_SPEC'],
    ['an end that is over', { role: 'viewer', expiresAt: '2001-01-01T00:00:00Z' }, 422, 'INVALID_SPEC'],
    ['an end that is no time', { role: 'viewer', expiresAt: 'tomorrow' }, 422, 'INVALID_SPEC'],
  ])('with %s are not made', async (_, body, status, code) => {
    const name = named();
    const refused = await api.ask(admin, 'POST', '/tokens', { name, ...body });
    expect(refused).toMatchObject({ status, body: { code } });
    expect(await opened.database.query('select id from flagwright.tokens where name = $1', [name])).toEqual([]);
  });

  it.each(['viewer', 'editor', 'approver', 'sdk'])('are nothing to the role %s', async (role) => {
    const { id, token } = await make({ role, projects: ['shop'], stages: ['prod'] });
    const asked: readonly (readonly [string, string, object?])[] = [
      ['GET', '/tokens'],
      ['GET', `/tokens/${id}`],
      ['POST', '/tokens', { name: named(), role: 'sdk', projects: ['shop'], stages: ['prod'] }],
      ['PATCH', `/tokens/${id}`, { name: named() }],
      ['DELETE', `/tokens/${id}`],
    ];
    for (const [method, path, body] of asked) {
      expect(await api.ask(token, method, path, body)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    }
    expect(await history(id)).toHaveLength(1);
  });

  it('of an admin of some projects give no more than that, and see and take no other', async () => {
    const outside = await make({ role: 'viewer', projects: ['blog'] });
    const all = await make({ role: 'viewer' });
    const { token } = await make({ role: 'admin', projects: ['shop', 'cart'], stages: ['dev', 'prod'] });
    const inside = await make({ role: 'admin', projects: ['shop'], stages: ['prod'] }, token);
    for (const scope of [
      {},
      { projects: ['shop'] },
      { stages: ['dev'] },
      { projects: ['shop', 'x'], stages: ['dev'] },
    ]) {
      const refused = await api.ask(token, 'POST', '/tokens', { name: named(), role: 'viewer', ...scope });
      expect(refused).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    }
    for (const { id } of [outside, all]) {
      for (const [method, body] of [['GET'], ['PATCH', { name: named() }], ['DELETE']] as const) {
        expect((await api.ask(token, method, `/tokens/${id}`, body)).status).toBe(403);
      }
      expect(await history(id)).toHaveLength(1);
    }
    const listed = await api.ask(token, 'GET', '/tokens');
    const ids = (listed.body.items as readonly { readonly id: string }[]).map(({ id }) => id);
    expect(ids).toContain(inside.id);
    expect(ids).not.toContain(outside.id);
    expect(ids).not.toContain(all.id);
    expect((await api.ask(token, 'DELETE', `/tokens/${inside.id}`)).status).toBe(204);
  });

  it('are listed by pages', async () => {
    await make({ name: 'a first one', role: 'viewer' });
    const first = await api.ask(admin, 'GET', '/tokens?pageSize=1');
    expect(first.body).toMatchObject({ items: [{ name: 'a first one' }], page: 1, pageSize: 1 });
    expect(JSON.stringify(first.body)).not.toMatch(/hash/);
    const total = Number(first.body.totalCount);
    const rest = await api.ask(admin, 'GET', '/tokens?page=2&pageSize=1');
    expect(rest.body).toMatchObject({ totalCount: total, page: 2 });
    expect(rest.body.items).not.toEqual(first.body.items);
    expect((await api.ask(admin, 'GET', `/tokens?page=${total + 1}&pageSize=1`)).body.items).toEqual([]);
    expect((await api.ask(admin, 'GET', '/tokens?pageSize=1001')).status).toBe(400);
  });

  it('are renamed, and end at another time', async () => {
    const name = named();
    const { id } = await make({ role: 'viewer' });
    const expiresAt = '2888-01-01T00:00:00.000Z';
    const changed = await api.ask(admin, 'PATCH', `/tokens/${id}`, { name, expiresAt });
    expect(changed).toMatchObject({ status: 200, body: { id, name, expiresAt } });
    // nothing to do
    expect((await api.ask(admin, 'PATCH', `/tokens/${id}`, { name, expiresAt })).status).toBe(200);
    expect((await api.ask(admin, 'PATCH', `/tokens/${id}`, {})).body).toMatchObject({ name, expiresAt });
    expect((await api.ask(admin, 'PATCH', `/tokens/${id}`, { expiresAt: null })).body).toMatchObject({
      expiresAt: null,
    });
    expect(await history(id)).toMatchObject([
      { action: 'create' },
      { action: 'update', before: { spec: { expiresAt: null } }, after: { spec: { name, expiresAt } } },
      { action: 'update', before: { spec: { expiresAt } }, after: { spec: { name, expiresAt: null } } },
    ]);
    for (const [body, status] of [
      [{ name: FIRST_ADMIN }, 409],
      [{ expiresAt: '2001-01-01T00:00:00Z' }, 422],
      [{ role: 'admin' }, 422],
      [{ name: null }, 422],
    ] as const) {
      expect((await api.ask(admin, 'PATCH', `/tokens/${id}`, body)).status).toBe(status);
    }
    expect((await api.ask(admin, 'PATCH', '/tokens/aaaaaaaaaaaa', { name: named() })).status).toBe(404);
  });

  it('are revoked for good, and stay for the history', async () => {
    const name = named();
    const { id, token } = await make({ name, role: 'viewer' });
    expect((await api.ask(token, 'GET', '/whoami')).status).toBe(200);
    expect((await api.ask(admin, 'DELETE', `/tokens/${id}`)).status).toBe(204);
    expect((await api.ask(admin, 'DELETE', `/tokens/${id}`)).status).toBe(204);
    expect(await history(id)).toMatchObject([{ action: 'create' }, { action: 'revoke' }]);
    const { body } = await api.ask(admin, 'GET', `/tokens/${id}`);
    expect(body).toMatchObject({ id, revokedAt: expect.any(String) });
    const listed = async (query: string): Promise<string> =>
      JSON.stringify((await api.ask(admin, 'GET', `/tokens?pageSize=1000${query}`)).body);
    expect(await listed('')).not.toContain(id);
    expect(await listed('&includeRevoked=true')).toContain(id);
    // the name is its own until it has another
    const again = { name, role: 'viewer' };
    expect((await api.ask(admin, 'POST', '/tokens', again)).body).toMatchObject({
      code: 'ALREADY_EXISTS',
      hint: expect.stringContaining('rename'),
    });
    const later = { expiresAt: '2888-01-01T00:00:00Z' };
    expect((await api.ask(admin, 'PATCH', `/tokens/${id}`, later)).status).toBe(409);
    expect((await api.ask(admin, 'PATCH', `/tokens/${id}`, { name: named() })).status).toBe(200);
    expect((await api.ask(admin, 'POST', '/tokens', again)).status).toBe(201);
    expect((await api.ask(admin, 'DELETE', '/tokens/aaaaaaaaaaaa')).status).toBe(404);
  });

  it('that expire make none that outlive them, and give no later end', async () => {
    const [end, sooner, later] = ['2777-01-01T00:00:00.000Z', '2776-01-01T00:00:00.000Z', '2778-01-01T00:00:00.000Z'];
    const { id, token } = await make({ role: 'admin', expiresAt: end });
    const forbidden = { status: 403, body: { code: 'FORBIDDEN', hint: expect.stringContaining(end) } };
    for (const expiresAt of [undefined, null, later]) {
      const name = named();
      expect(await api.ask(token, 'POST', '/tokens', { name, role: 'viewer', expiresAt })).toMatchObject(forbidden);
      expect(await opened.database.query('select id from flagwright.tokens where name = $1', [name])).toEqual([]);
    }
    const given = await make({ role: 'viewer', expiresAt: sooner }, token);
    const lasting = await make({ role: 'viewer' });
    for (const other of [id, given.id]) {
      for (const expiresAt of [null, later]) {
        expect(await api.ask(token, 'PATCH', `/tokens/${other}`, { expiresAt })).toMatchObject(forbidden);
      }
    }
    expect(await history(id)).toHaveLength(1);
    // up to their own end, and what has none already, they may
    expect((await api.ask(token, 'PATCH', `/tokens/${given.id}`, { expiresAt: end })).status).toBe(200);
    expect((await api.ask(token, 'PATCH', `/tokens/${lasting.id}`, { name: named(), expiresAt: null })).status).toBe(
      200,
    );
    expect((await api.ask(token, 'PATCH', `/tokens/${lasting.id}`, { expiresAt: sooner })).status).toBe(200);
    expect((await api.ask(admin, 'PATCH', `/tokens/${id}`, { expiresAt: null })).status).toBe(200);
    await make({ role: 'viewer' }, token);
  });

  it('that have expired do not hold again', async () => {
    const { id, token } = await make({ role: 'viewer', expiresAt: '2777-01-01T00:00:00Z' });
    await opened.database.query(`update flagwright.tokens set expires_at = '2020-01-01' where id = $1`, [id]);
    for (const expiresAt of [null, '2777-01-01T00:00:00Z']) {
      expect(await api.ask(admin, 'PATCH', `/tokens/${id}`, { expiresAt })).toMatchObject({
        status: 409,
        body: { code: 'CONFLICT' },
      });
    }
    expect((await api.ask(admin, 'PATCH', `/tokens/${id}`, { name: named() })).status).toBe(200);
    expect((await api.ask(token, 'GET', '/whoami')).status).toBe(401);
  });

  it('of other scopes are not told of by their names', async () => {
    const { id, token } = await make({ role: 'admin', projects: ['shop'] });
    const first = admin.split('_')[1]!;
    const taken = { name: FIRST_ADMIN, role: 'viewer', projects: ['shop'] };
    for (const refused of [
      await api.ask(token, 'POST', '/tokens', taken),
      await api.ask(token, 'PATCH', `/tokens/${id}`, { name: FIRST_ADMIN }),
    ]) {
      expect(refused).toMatchObject({ status: 409, body: { code: 'ALREADY_EXISTS' } });
      expect(JSON.stringify(refused.body)).not.toContain(first);
    }
  });

  it.each([
    { name: 'flagwright' },
    { subject: 'flagwright' },
    { subject: 'FlagWright' },
    { subject: '\uff46lagwright' },
  ])('are for nobody who is taken for the server: %o', async (body) => {
    const refused = await api.ask(admin, 'POST', '/tokens', { name: named(), role: 'viewer', ...body });
    expect(refused).toMatchObject({ status: 422, body: { code: 'INVALID_SPEC' } });
  });

  it('that were revoked a moment ago make no others, though they are remembered', async () => {
    const { id, token } = await make({ role: 'admin' });
    const { body } = await api.ask(token, 'GET', '/whoami');
    expect(body.role).toBe('admin');
    // without a hint, as if it were lost
    await opened.database.query('update flagwright.tokens set revoked_at = now() where id = $1', [id]);
    for (const [method, path, wanted] of [
      ['POST', '/tokens', { name: named(), role: 'admin' }],
      ['PATCH', `/tokens/${id}`, { name: named() }],
      ['DELETE', `/tokens/${admin.split('_')[1]}`],
    ] as const) {
      expect(await api.ask(token, method, path, wanted)).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } });
    }
    expect((await api.ask(admin, 'GET', '/whoami')).status).toBe(200);
  });
});

describe.each(ENGINES)('the last admin on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let at = Date.parse('2500-01-01T00:00:00Z');

  beforeAll(async () => {
    opened = await open();
    api = apiOf(opened.database, { now: () => at });
  });
  afterAll(async () => {
    await api.close();
    await opened.end();
  });

  it('stays, until there is another one for the whole server that holds', async () => {
    const first = (await bootstrap(opened.database))!;
    const id = first.split('_')[1]!;
    const make = async (name: string, more: object): Promise<string> =>
      textIn(await api.ask(first, 'POST', '/tokens', { name, role: 'admin', ...more }), 'token');
    const inUse = { status: 409, body: { code: 'IN_USE', hint: expect.any(String) } };
    expect(await api.ask(first, 'DELETE', `/tokens/${id}`)).toMatchObject(inUse);
    await make('of a project', { projects: ['shop'] });
    await make('of a stage', { stages: ['prod'] });
    await make('editor', { role: 'editor' });
    const short = await make('for an hour', { expiresAt: '2500-01-01T01:00:00Z' });
    await make('for two hours', { expiresAt: '2500-01-01T02:00:00Z' });
    expect((await api.ask(first, 'DELETE', `/tokens/${short.split('_')[1]}`)).status).toBe(204);
    at = Date.parse('2500-01-01T02:00:00Z');
    expect(await api.ask(first, 'DELETE', `/tokens/${id}`)).toMatchObject(inUse);
    const second = await make('another', {});
    // each would revoke the other: one of them stays
    const both = await Promise.all([
      api.ask(first, 'DELETE', `/tokens/${second.split('_')[1]}`),
      api.ask(second, 'DELETE', `/tokens/${id}`),
    ]);
    expect(both.filter(({ status }) => status === 204)).toHaveLength(1);
    const left = await opened.database.query(
      `select id from flagwright.tokens where role = 'admin' and projects is null and stages is null
         and revoked_at is null and expires_at is null`,
    );
    expect(left).toHaveLength(1);
  });
});
