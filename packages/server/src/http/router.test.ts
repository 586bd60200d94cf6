import { FlagError, type JsonSchema } from '@flagwright/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../access/principal.ts';
import { limited } from '../access/rate-limiter.ts';
import type { LogLine } from './log.ts';
import type { Call, Operation, Use } from './operation.ts';
import { Problem } from './problem.ts';
import { type Mount, type RouterOptions, router } from './router.ts';

const ADMIN: Principal = { subject: 'ada', token: 't1', role: 'admin', projects: undefined, stages: undefined };
const BODY: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: { name: { type: 'string', maxLength: 20 }, inner: { $ref: '#/definitions/inner' } },
};
const INNER: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { count: { type: 'integer' }, any: {} },
};

/** An operation that answers what it was asked. */
function echo(method: Operation['method'], path: string, more: Partial<Operation> = {}): Operation {
  return {
    id: `${method.toLowerCase()} ${path}`,
    method,
    path,
    tag: 'Test',
    summary: 'Echoes',
    access: 'read',
    answers: { 200: { description: 'What was asked' } },
    handle: async ({ who, params, query, body }: Call) => ({
      body: { who: who.subject, params: { ...params }, query: { ...query }, body },
    }),
    ...more,
  };
}

const OPERATIONS: readonly Operation[] = [
  echo('GET', '/projects/{project}', {
    query: {
      page: { description: 'Which', schema: { type: 'integer', minimum: 1 } },
      force: { description: 'Whether', schema: { type: 'boolean' } },
      sort: { description: 'By what', schema: { type: 'string', enum: ['name', 'age'] } },
      filter: { description: 'Which', schema: { type: 'string' } },
    },
  }),
  echo('DELETE', '/projects/{project}', { access: 'administer' }),
  echo('POST', '/projects', { body: BODY, access: 'write' }),
  echo('PATCH', '/projects/{project}', { body: BODY, access: 'write' }),
  echo('GET', '/projects/{project}/stages/{stage}/flags/{flag}'),
  echo('PUT', '/projects/{project}/stages/{stage}/flags/{flag}', { body: BODY, access: 'write' }),
  echo('GET', '/projects/{project}/flags/search'),
  echo('GET', '/projects/{project}/flags/{flag}/versions/{version}'),
  echo('GET', '/change-requests/{request}', { access: 'own' }),
  echo('GET', '/open', { access: 'public' }),
  echo('GET', '/nothing', { handle: async () => ({}) }),
  echo('GET', '/made', {
    handle: async () => ({ status: 201, body: { a: 1 }, headers: { location: '/x', 'cache-control': 'no-cache' } }),
  }),
  echo('GET', '/redirect', { handle: async () => Response.redirect('http://elsewhere.test/') }),
  echo('GET', '/breaks', {
    handle: async () => {
      throw new TypeError('the secret of the driver', { cause: new Error('what is below') });
    },
  }),
  echo('GET', '/unready', {
    handle: async () => {
      throw new FlagError('UNAVAILABLE', 'the database is away', { retryAfter: 7_500 });
    },
  }),
  echo('GET', '/cyclic', {
    handle: async () => {
      const body: Record<string, unknown> = {};
      body.self = body;
      return { body };
    },
  }),
  echo('GET', '/untellable', {
    handle: async () => {
      throw new Problem('CONFLICT', 'there is more', { members: { big: 1n } });
    },
  }),
  echo('GET', '/unanswerable', { handle: async () => ({ status: 42, body: 'x' }) }),
  echo('GET', '/conflict', {
    handle: async () => {
      throw new Problem('VERSION_CONFLICT', 'it is 8 now', {
        members: { currentVersion: '8', status: 'no', code: 'no' },
      });
    },
  }),
];

interface Made {
  readonly lines: LogLine[];
  ask(path: string, init?: RequestInit): Promise<Response>;
  json(path: string, body: unknown, method?: string): Promise<Response>;
}

function made(options: Partial<RouterOptions> = {}, operations = OPERATIONS): Made {
  const lines: LogLine[] = [];
  const handle = router(operations, {
    authenticate: async () => ADMIN,
    definitions: { inner: INNER },
    log: (line) => lines.push(line),
    ...options,
  });
  const ask: Made['ask'] = (path, init) => handle(new Request(`http://server.test${path}`, init));
  return {
    lines,
    ask,
    json: (path, body, method = 'POST') =>
      ask(path, {
        method,
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

type Told = Record<string, unknown> & { readonly detail: string; readonly code: string };

async function problem(response: Response | Promise<Response>): Promise<readonly [number, Told]> {
  const answer = await response;
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const told = (await answer.json()) as Told;
  expect(told.status).toBe(answer.status);
  expect(told.requestId).toBe(answer.headers.get('x-request-id'));
  return [answer.status, told];
}

describe('a path', () => {
  const { ask } = made();

  it.each<[string, object]>([
    ['/projects/shop', { project: 'shop' }],
    ['/projects/s', { project: 's' }],
    ['/projects/sho%70', { project: 'shop' }],
    ['/%70rojects/shop', { project: 'shop' }],
    ['/projects/shop/stages/prod/flags/New_checkout.v2', { project: 'shop', stage: 'prod', flag: 'New_checkout.v2' }],
    ['/projects/shop/flags/search', { project: 'shop' }],
    ['/projects/shop/flags/search/versions/3', { project: 'shop', flag: 'search', version: '3' }],
    ['/change-requests/cr-12', { request: 'cr-12' }],
  ])('leads to its operation: %s', async (path, params) => {
    const response = await ask(path);
    expect([response.status, await response.json()]).toEqual([200, { who: 'ada', params, query: {} }]);
  });

  it.each([
    '/projects/Shop',
    '/projects/-shop',
    '/projects/shop-',
    '/projects/sh_op',
    `/projects/${'a'.repeat(64)}`,
    '/projects/',
    '/projects/%',
    '/projects/%zz',
    '/projects/%ff',
    '/projects/%00',
    '/projects/a%2Fb',
    '/projects/%2F',
    '/projects/a%5Cb',
    '/projects//stages/prod/flags/a',
    '/projects/shop/stages/prod/flags/.a',
    `/projects/shop/stages/prod/flags/${'a'.repeat(201)}`,
    '/projects/shop/flags/a/versions/-1',
    '/projects/shop/flags/a/versions/01',
    `/projects/shop/flags/a/versions/${'9'.repeat(19)}`,
    '/change-requests/12',
    '/change-requests/cr-0',
    `/${'a'.repeat(4_001)}`,
  ])('that cannot be right is 400: %s', async (path) => {
    expect((await problem(ask(path)))[0]).toBe(400);
  });

  it.each<[string, string]>([
    ['/projetcs/shop', 'did you mean /projects?'],
    ['/projects/shop/stage/prod', 'did you mean /projects/shop/stages?'],
    ['/projects/shop/flags', '/projects/shop/flags goes on with one of search, an id'],
    ['/open/wide', 'there is something at /open, and not below'],
    [
      '/projects/shop/stages/prod/flags/a/b%20c',
      'there is something at /projects/shop/stages/prod/flags/a, and not below',
    ],
    ['/openn/', 'did you mean /open?'],
  ])('that leads nowhere is 404, with a hint: %s', async (path, hint) => {
    const [status, told] = await problem(ask(path));
    expect([status, told.code, told.hint]).toEqual([404, 'NOT_FOUND', hint]);
  });

  it('names what is there for another method', async () => {
    const response = await ask('/projects/shop', { method: 'PUT' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, DELETE, PATCH']);
    const options = await ask('/projects/shop', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, DELETE, PATCH, OPTIONS']);
    expect(options.headers.get('access-control-allow-methods')).toBe(null);
    expect((await ask('/projects', { method: 'HEAD' })).status).toBe(405);
  });

  it('answers HEAD as GET, without a body', async () => {
    const [head, get] = [await ask('/projects/shop', { method: 'HEAD' }), await ask('/projects/shop')];
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
    expect(Number(get.headers.get('content-length'))).toBe((await get.text()).length);
    const gone = await ask('/gone', { method: 'HEAD' });
    expect([gone.status, await gone.text()]).toEqual([404, '']);
  });

  it.each<[string, readonly Operation[]]>([
    ['two of one id', [echo('GET', '/a', { id: 'a' }), echo('GET', '/b', { id: 'a' })]],
    ['two at one place', [echo('GET', '/a/{project}', { id: 'a' }), echo('GET', '/a/{stage}', { id: 'b' })]],
    ['no slash', [echo('GET', 'a')]],
    ['an empty segment', [echo('GET', '/a//b')]],
    ['a parameter that is not known', [echo('GET', '/a/{thing}')]],
    ['a parameter twice', [echo('GET', '/a/{project}/{project}')]],
    ['a schema that is not there', [echo('POST', '/a', { body: { $ref: '#/definitions/none' } })]],
    [
      'a parameter of a query that is a list',
      [echo('GET', '/a', { query: { a: { description: '', schema: { type: 'array' } } } })],
    ],
  ])('of an operation is checked first: %s', (_, operations) => {
    expect(() => made({}, operations)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('a query', () => {
  const { ask } = made();

  it.each<[string, object]>([
    ['', {}],
    ['?', {}],
    ['?page=3&force=true&sort=age&filter=a+b%20c%26d', { page: 3, force: true, sort: 'age', filter: 'a b c&d' }],
    ['?force=0&&filter=', { force: false, filter: '' }],
    ['?filter=a=b?c', { filter: 'a=b?c' }],
    ['#fragment', {}],
  ])('is read: %s', async (query, expected) => {
    expect(((await (await ask(`/projects/shop${query}`)).json()) as { query: object }).query).toEqual(expected);
  });

  it.each<[string, string]>([
    ['?pages=3', 'there is no parameter "pages" of the query here; expected one of page, force, sort, filter'],
    ['?__proto__=3', 'there is no parameter "__proto__"'],
    ['?page=1&page=2', 'there twice'],
    ['?page', 'page of the query is ""; expected a whole number'],
    ['?page=1.5', 'expected a whole number'],
    ['?page=0', 'page: 0 is out of range'],
    ['?page=99999999999999999', 'expected a whole number'],
    ['?force=maybe', 'expected true or false'],
    ['?sort=nam', 'did you mean "name"'],
    ['?filter=%zz', 'broken escape'],
    ['?filter=%00', 'a NUL character'],
    ['?filter=%ed%a0%80', 'broken escape'],
    [`?${'page=1&'.repeat(101)}`, 'more than 100 parameters'],
  ])('that cannot be right is 400: %s', async (query, detail) => {
    const [status, told] = await problem(ask(`/projects/shop${query}`));
    expect([status, told.code]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(told.detail).toContain(detail);
  });

  it('suggests what was meant', async () => {
    expect((await problem(ask('/projects/shop?forc=1')))[1].hint).toBe('did you mean force?');
    expect((await problem(ask('/open?a=1')))[1].detail).toContain('expected no parameters');
  });
});

describe('a body', () => {
  const { ask, json } = made({ maxBytes: 1_000 });

  it.each(['{"name":"a"}', '\ufeff{"name":"a","inner":{"count":1}}', ' { "name" : "\\ud83d\\ude00" } '])(
    'is read: %s',
    async (text) => {
      const response = await json('/projects', text);
      expect(response.status).toBe(200);
      expect(((await response.json()) as { body: object }).body).toEqual(JSON.parse(text.replace('\ufeff', '')));
    },
  );

  it('may be larger where an operation says so, and is never less than elsewhere', async () => {
    const text = JSON.stringify({ name: 'a', inner: { any: 'x'.repeat(1_500) } });
    const sized = (maxBytes: number) =>
      made({ maxBytes: 1_000 }, [echo('POST', '/large', { body: BODY, maxBytes })]).json;
    expect((await sized(2_000)('/large', text)).status).toBe(200);
    expect((await problem(sized(1_400)('/large', text)))[1].code).toBe('TOO_LARGE');
    expect((await sized(10)('/large', '{"name":"a"}')).status).toBe(200);
  });

  it.each<[string, string, number, string]>([
    ['nothing', '', 400, 'MALFORMED_JSON'],
    ['blanks', ' \n', 400, 'MALFORMED_JSON'],
    ['no JSON', '{"name":', 400, 'MALFORMED_JSON'],
    ['YAML', 'name: a', 400, 'MALFORMED_JSON'],
    ['a key twice', '{"name":"a","name":"b"}', 400, 'MALFORMED_JSON'],
    ['a key twice, escaped', '{"name":"a","n\\u0061me":"b"}', 400, 'MALFORMED_JSON'],
    ['deep', `{"inner":{"any":${'['.repeat(99)}${']'.repeat(99)}}}`, 400, 'INVALID_ARGUMENT'],
    ['deep, without end', '['.repeat(900), 400, 'INVALID_ARGUMENT'],
    ['NUL', '{"name":"a\\u0000"}', 400, 'INVALID_ARGUMENT'],
    ['NUL in a name', '{"name":"a","inner":{"any":{"\\u0000":1}}}', 400, 'INVALID_ARGUMENT'],
    ['half a character', '{"name":"\\ud83d"}', 400, 'INVALID_ARGUMENT'],
    ['a number without end', '{"name":"a","inner":{"any":[1e999]}}', 400, 'INVALID_ARGUMENT'],
    ['null', 'null', 422, 'INVALID_SPEC'],
    ['a list', '[]', 422, 'INVALID_SPEC'],
    ['a field that is not known', '{"name":"a","nmae":"b"}', 422, 'INVALID_SPEC'],
    ['a field of a part that is not known', '{"name":"a","inner":{"cuont":1}}', 422, 'INVALID_SPEC'],
    ['a prototype', '{"name":"a","__proto__":{}}', 422, 'INVALID_SPEC'],
    ['a constructor', '{"name":"a","constructor":1}', 422, 'INVALID_SPEC'],
    ['a field that is missing', '{}', 422, 'INVALID_SPEC'],
    ['a field of another type', '{"name":1}', 422, 'INVALID_SPEC'],
    ['a long text', `{"name":"${'a'.repeat(21)}"}`, 422, 'INVALID_SPEC'],
    ['too much', `{"name":"${'a'.repeat(1_000)}"}`, 413, 'TOO_LARGE'],
  ])('that cannot be right is refused: %s', async (_, text, status, code) => {
    const [seen, told] = await problem(json('/projects', text));
    expect([seen, told.code]).toEqual([status, code]);
  });

  it('says where it is wrong', async () => {
    const [, malformed] = await problem(json('/projects', '{\n  "name": "a",\n  "name": "b"\n}'));
    expect(malformed).toMatchObject({ line: 3, column: 3, issues: [{ code: 'duplicate-key' }] });
    const [, invalid] = await problem(json('/projects', { inner: { cuont: 1, count: 'x' } }));
    expect(invalid.issues).toEqual([
      expect.objectContaining({ code: 'missing', path: [], message: '`name` is missing' }),
      expect.objectContaining({ code: 'unknown-property', path: ['inner', 'cuont'], hint: 'did you mean `count`?' }),
      expect.objectContaining({ code: 'wrong-shape', path: ['inner', 'count'], expected: 'a whole number' }),
    ]);
  });

  it('that is not UTF-8 is refused', async () => {
    const headers = { 'content-type': 'application/json' };
    const [status, told] = await problem(
      ask('/projects', { method: 'POST', headers, body: Uint8Array.of(0x22, 0xff, 0x22) }),
    );
    expect([status, told.code]).toEqual([400, 'MALFORMED_JSON']);
  });

  it('has a bounded number of issues', async () => {
    const wrong = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`k${i}`, 1]));
    const [, told] = await problem(json('/projects', { name: 'a', ...wrong }));
    expect(told.issues).toHaveLength(50);
    expect(told.detail).toContain('(and 79 more)');
  });

  it.each<[Record<string, string>, string]>([
    [{ 'content-type': 'text/plain' }, 'POST'],
    [{ 'content-type': 'application/merge-patch+json' }, 'POST'],
    [{ 'content-type': 'application/json; charset=latin1' }, 'POST'],
    [{ 'content-type': 'application/json', 'content-encoding': 'gzip' }, 'POST'],
    [{ 'content-type': 'application/json-patch+json' }, 'PATCH'],
  ])('of another type is 415: %j %s', async (headers, method) => {
    const path = method === 'POST' ? '/projects' : '/projects/shop';
    const response = await ask(path, { method, headers, body: '{"name":"a"}' });
    expect(response.headers.get('accept-patch')).toBe(
      method === 'PATCH' ? 'application/json, application/merge-patch+json' : null,
    );
    expect((await problem(response))[0]).toBe(415);
  });

  it.each(['application/merge-patch+json', 'Application/JSON; Charset="UTF-8"'])(
    'of a patch may be %s',
    async (type) => {
      const init = {
        method: 'PATCH',
        headers: { 'content-type': type, 'content-encoding': 'Identity' },
        body: '{"name":"a"}',
      };
      expect((await ask('/projects/shop', init)).status).toBe(200);
    },
  );

  it('where none is expected is refused, and an empty one is none', async () => {
    expect((await problem(ask('/projects/shop', { method: 'DELETE', body: '{}' })))[0]).toBe(400);
    expect((await ask('/projects/shop', { method: 'DELETE', body: '' })).status).toBe(200);
  });

  it('that is announced too large is not read', async () => {
    const body = new ReadableStream({ pull: () => new Promise(() => undefined) });
    const headers = { 'content-type': 'application/json', 'content-length': '1001' };
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    expect((await problem(ask('/projects', init)))[0]).toBe(413);
  });

  it('that breaks off is 400', async () => {
    const body = new ReadableStream({ pull: () => Promise.reject(new Error('gone')) });
    const headers = { 'content-type': 'application/json' };
    expect((await problem(ask('/projects', { method: 'POST', headers, body, duplex: 'half' } as RequestInit)))[0]).toBe(
      400,
    );
  });
});

describe('who asks', () => {
  const refuse = async (): Promise<Principal> => {
    throw new Problem('UNAUTHORIZED', 'there is no token');
  };

  it('is asked, unless the operation is public', async () => {
    const { ask } = made({ authenticate: refuse });
    const response = await ask('/projects/shop');
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await (await ask('/open')).json()).toMatchObject({ who: 'anonymous' });
  });

  it('is asked after the path, and before the body', async () => {
    const { ask, json } = made({ authenticate: refuse });
    expect((await ask('/projects/NO')).status).toBe(400);
    expect((await json('/projects', '{')).status).toBe(401);
  });

  it('may do what its role says, at the place of the path', async () => {
    const authenticate = async (): Promise<Principal> => ({
      ...ADMIN,
      role: 'editor',
      projects: ['shop'],
      stages: ['dev'],
    });
    const { ask, json } = made({ authenticate });
    expect((await ask('/projects/shop')).status).toBe(200);
    const [status, told] = await problem(ask('/projects/other'));
    expect([status, told.code, told.detail]).toEqual([403, 'FORBIDDEN', 'this token is not for project "other"']);
    const put = (stage: string) => json(`/projects/shop/stages/${stage}/flags/a`, { name: 'a' }, 'PUT');
    expect((await put('dev')).status).toBe(200);
    expect((await put('prod')).status).toBe(403);
    expect((await ask('/projects/shop', { method: 'DELETE' })).status).toBe(403);
    expect((await ask('/change-requests/cr-1')).status).toBe(200);
  });

  it('is limited before anything is done', async () => {
    const { ask } = made({
      limit({ subject }) {
        if (subject === 'ada') throw limited('there were too many', 2_100, { perSecond: 1, burst: 1 });
      },
    });
    const response = await ask('/projects/shop?nonsense');
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3']);
    expect((await ask('/open')).status).toBe(200);
  });

  it('is counted by what is asked for, whatever the address looks like', async () => {
    const counted: string[] = [];
    const named = (method: Operation['method'], id: string, more: Partial<Operation> = {}): Operation =>
      echo(method, `/projects/{project}/flags/${id}`, more);
    const operations = [
      named('GET', '{flag}'),
      named('PUT', '{flag}', { body: {} }),
      named('DELETE', '{flag}', { query: { comment: { description: 'Why.', schema: { type: 'string' } } } }),
      named('POST', '{flag}/evaluate', { counts: 'read', body: {} }),
      named('POST', '{flag}/validate', { body: {} }),
    ];
    const mount = (id: string, counts?: Use): Mount => ({
      id,
      prefix: `/${id}`,
      access: 'own',
      counts,
      handle: async () => new Response(''),
    });
    const { ask, json } = made(
      {
        limit(_, use) {
          counted.push(use);
        },
        mounts: [mount('changing'), mount('evaluating', 'read')],
      },
      operations,
    );
    const uses = async (response: Promise<Response>): Promise<string> => {
      counted.length = 0;
      await response;
      return counted.join();
    };
    expect(await uses(ask('/projects/shop/flags/a'))).toBe('read');
    expect(await uses(ask('/projects/shop/flags/a', { method: 'HEAD' }))).toBe('read');
    expect(await uses(json('/projects/validate/flags/evaluate', {}, 'PUT'))).toBe('write');
    expect(await uses(ask('/projects/shop/flags/a?comment=/evaluate', { method: 'DELETE' }))).toBe('write');
    expect(await uses(json('/projects/shop/flags/a/evaluate', {}))).toBe('read');
    expect(await uses(json('/projects/shop/flags/a/validate', {}))).toBe('write');
    expect(await uses(json('/changing/ofrep/v1/evaluate', {}))).toBe('write');
    expect(await uses(ask('/changing/x'))).toBe('read');
    expect(await uses(json('/evaluating/x', {}))).toBe('read');
    // a browser asks first, and has no token then
    expect(await uses(ask('/projects/shop/flags/a', { method: 'OPTIONS' }))).toBe('');
  });

  it('is asked for with where the request came from', async () => {
    const addresses: (string | undefined)[] = [];
    const handle = router(OPERATIONS, {
      async authenticate(_, address) {
        addresses.push(address);
        return ADMIN;
      },
      definitions: { inner: INNER },
    });
    await handle(new Request('http://server.test/projects/shop'), '192.0.2.1');
    await handle(new Request('http://server.test/projects/shop'));
    expect(addresses).toEqual(['192.0.2.1', undefined]);
  });

  it('is not known where asking fails', async () => {
    const { ask, lines } = made({ authenticate: () => Promise.reject(new Error('the secret of a driver')) });
    const [status, told] = await problem(ask('/projects/shop'));
    expect([status, JSON.stringify(told)]).toEqual([500, expect.not.stringContaining('secret')]);
    expect(lines[0]).toMatchObject({ level: 'error', status: 500, error: { message: 'the secret of a driver' } });
  });
});

describe('an answer', () => {
  const { ask, lines } = made();

  it('has its status and headers, and those of every answer', async () => {
    const response = await ask('/made');
    expect([response.status, Object.fromEntries(response.headers)]).toEqual([
      201,
      {
        'cache-control': 'no-cache',
        'content-length': '7',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'content-type': 'application/json',
        'cross-origin-resource-policy': 'same-origin',
        location: '/x',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    ]);
    expect((await ask('/nothing')).status).toBe(204);
    expect((await ask('/open')).headers.get('cache-control')).toBe('no-store');
    const redirect = await ask('/redirect');
    expect([redirect.status, redirect.headers.get('x-frame-options')]).toEqual([302, 'DENY']);
  });

  it('of a server behind TLS asks to stay with it', async () => {
    expect((await ask('/open')).headers.has('strict-transport-security')).toBe(false);
    const secure = made({ behindTls: true });
    expect((await secure.ask('/open')).headers.get('strict-transport-security')).toBe('max-age=31536000');
  });

  it.each<[string, boolean]>([
    ['abc-1.2_3:4', true],
    ['a b', false],
    ['<script>', false],
    ['-a', false],
    ['a'.repeat(101), false],
  ])('is named as the request: %s', async (id, kept) => {
    const response = await ask('/open', { headers: { 'x-request-id': id } });
    expect(response.headers.get('x-request-id') === id).toBe(kept);
  });

  it('that is a problem says what all problems say, and more', async () => {
    const [status, told] = await problem(ask('/conflict'));
    expect([status, told]).toEqual([
      409,
      {
        type: 'urn:flagwright:problem:version-conflict',
        title: 'It was changed meanwhile',
        status: 409,
        detail: 'it is 8 now',
        code: 'VERSION_CONFLICT',
        requestId: expect.any(String),
        currentVersion: '8',
      },
    ]);
    expect((await ask('/unready')).headers.get('retry-after')).toBe('8');
  });

  it.each(['/breaks', '/cyclic'])('of an operation that fails says nothing, and the log all: %s', async (path) => {
    const [status, told] = await problem(ask(path));
    expect([status, told.code, Object.keys(told).sort()]).toEqual([
      500,
      'INTERNAL',
      ['code', 'detail', 'requestId', 'status', 'title', 'type'],
    ]);
    expect(told.detail).toBe('the server met an error of its own, and nothing was done');
    const { error, ...line } = lines.at(-1)!;
    expect(line).toMatchObject({ level: 'error', requestId: told.requestId, path });
    expect(error).toMatchObject({ name: 'TypeError', stack: expect.stringContaining('router.test.ts') });
  });

  it.each(['/untellable', '/unanswerable'])('that cannot be sent is a problem: %s', async (path) => {
    expect((await problem(ask(path)))[1].code).toBe('INTERNAL');
  });

  it('comes also if the log or the metrics fail', async () => {
    const fail = (): never => {
      throw new Error('full');
    };
    expect((await made({ log: fail }).ask('/open')).status).toBe(200);
    expect((await made({ metrics: { started: fail, ended: fail } }).ask('/open')).status).toBe(200);
  });
});

describe('the log and the metrics', () => {
  it('know of a request, and nothing that is secret', async () => {
    const seen: unknown[] = [];
    const { ask, json, lines } = made({
      metrics: { started: () => seen.push('started'), ended: (...what) => seen.push(what) },
    });
    await ask('/projects/shop?filter=hunter2', { headers: { authorization: 'Bearer hunter2' } });
    await json('/projects', { name: 'hunter2' });
    await ask('/none');
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'request',
        requestId: expect.any(String),
        method: 'GET',
        operation: 'get /projects/{project}',
        path: '/projects/shop',
        status: 200,
        ms: expect.any(Number),
        subject: 'ada',
        token: 't1',
        error: undefined,
      },
      expect.objectContaining({ operation: 'post /projects', status: 200 }),
      expect.objectContaining({ operation: 'unknown', status: 404, subject: undefined }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(seen).toEqual([
      'started',
      ['GET', 'get /projects/{project}', 200, expect.any(Number)],
      'started',
      ['POST', 'post /projects', 200, expect.any(Number)],
      'started',
      ['GET', 'unknown', 404, expect.any(Number)],
    ]);
  });
});

describe('what is mounted', () => {
  const seen: unknown[] = [];
  const mount: Mount = {
    id: 'sets',
    prefix: '/projects/{project}/sets/{stage}',
    access: (method) => (method === 'POST' ? 'write' : 'evaluate'),
    async handle(request, { who, params }) {
      seen.push([request.method, new URL(request.url).pathname, who.subject, { ...params }]);
      return new Response('set', { headers: { etag: '"1"', 'cache-control': 'no-cache' } });
    },
  };
  const sdk = async (): Promise<Principal> => ({ ...ADMIN, role: 'sdk', stages: ['prod'] });
  const { ask } = made({ mounts: [mount], authenticate: sdk });

  it('is asked for all below it, by who may', async () => {
    const response = await ask('/projects/shop/sets/prod');
    expect([response.status, response.headers.get('etag'), response.headers.get('cache-control')]).toEqual([
      200,
      '"1"',
      'no-cache',
    ]);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await ask('/projects/shop/sets/prod/a//b%2F?x=1&y')).status).toBe(200);
    expect(seen).toEqual([
      ['GET', '/projects/shop/sets/prod', 'ada', { project: 'shop', stage: 'prod' }],
      ['GET', '/projects/shop/sets/prod/a//b%2F', 'ada', { project: 'shop', stage: 'prod' }],
    ]);
    expect((await ask('/projects/shop/sets/dev')).status).toBe(403);
    expect((await ask('/projects/shop/sets/prod', { method: 'POST', body: 'x' })).status).toBe(403);
    expect((await ask('/projects/shop/sets/PROD')).status).toBe(400);
    expect((await ask('/projects/shop/sets')).status).toBe(404);
    expect(seen).toHaveLength(2);
  });
});

describe('pages of other origins', () => {
  const cors = { origins: ['https://app.test'], paths: ['/open'] };
  const { ask } = made({ cors, authenticate: () => Promise.reject(new Problem('UNAUTHORIZED', 'no')) });
  const preflight = (path: string, origin: string) =>
    ask(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } });

  it('may ask what they are allowed, from where they are', async () => {
    const response = await preflight('/open', 'https://app.test');
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.test');
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, HEAD, OPTIONS');
    expect(response.headers.get('access-control-allow-headers')).toContain('Authorization');
    const answer = await ask('/open', { headers: { origin: 'https://app.test' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.test');
    expect(answer.headers.get('access-control-expose-headers')).toBe('ETag, Retry-After, X-Request-Id');
    expect(answer.headers.get('vary')).toBe('Origin');
    const problem = await ask('/open?wrong=1', { headers: { origin: 'https://app.test' } });
    expect([problem.status, problem.headers.get('access-control-allow-origin')]).toEqual([400, 'https://app.test']);
  });

  it.each([
    ['/open', 'https://app.test.evil.test'],
    ['/open', 'http://app.test'],
    ['/open', 'null'],
    ['/projects/shop', 'https://app.test'],
  ])('may ask nothing else: %s of %s', async (path, origin) => {
    for (const response of [await preflight(path, origin), await ask(path, { headers: { origin } })]) {
      expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(response.headers.get('vary')).toBe(path === '/open' ? 'Origin' : null);
    }
  });

  it.each(['*', 'https://app.test/', 'app.test', 'https://*.test:443', ''])(
    'are named exactly, not as %j',
    (origin) => {
      expect(() => made({ cors: { origins: [origin] } })).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    },
  );
});

it('whatever is asked, it answers, and never says that it failed', async () => {
  const { ask, lines } = made(
    {},
    OPERATIONS.filter(({ path }) => !/breaks|cyclic|unready|un.*able/.test(path)),
  );
  const segment = fc.oneof(
    fc.constantFrom(
      'projects',
      'shop',
      'stages',
      'flags',
      'versions',
      '3',
      'change-requests',
      'cr-1',
      '..',
      '.',
      '%',
      '%00',
      '%2e',
      '__proto__',
    ),
    fc.string({ maxLength: 8 }),
    fc.string({ unit: 'binary', maxLength: 4 }).map((text) => encodeURIComponent(text.replace(/\p{Cs}/gu, ''))),
  );
  const query = fc.oneof(
    fc.constant(''),
    fc.string(),
    fc
      .tuple(fc.constantFrom('page', 'force', 'sort', 'filter', '__proto__'), fc.string())
      .map(([name, value]) => `${name}=${value}`),
  );
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ name: fc.anything(), inner: fc.anything() }, { requiredKeys: [] }).map((value) => {
      try {
        return JSON.stringify(value) ?? '';
      } catch {
        return '{';
      }
    }),
    fc.uint8Array(),
  );
  const request = fc.record({
    path: fc.array(segment, { maxLength: 8 }).map((segments) => segments.join('/')),
    query,
    body,
    method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'BREW'),
    type: fc.constantFrom('application/json', 'application/merge-patch+json', 'text/plain', ''),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ path, query, body, method, type }) => {
      const bodiless = method === 'GET' || method === 'HEAD';
      const init = {
        method,
        headers: type === '' ? {} : { 'content-type': type },
        ...(bodiless ? {} : { body: body as BodyInit }),
      };
      const response = await ask(`/${path}${query === '' ? '' : `?${query}`}`, init);
      const text = await response.text();
      expect(response.status).toBeLessThan(500);
      expect(text).not.toMatch(/\bat .*\.[jt]s:\d+/);
      if (text !== '') JSON.parse(text);
    }),
    { numRuns: 500 },
  );
  expect(lines.filter(({ error }) => error !== undefined)).toEqual([]);
});
