import {
  type Edit,
  type FlagDefinition,
  FlagError,
  type FlagErrorCode,
  type FlagSource,
  type FlagStore,
} from '@flagwright/core';
import { bearer } from '@flagwright/sources/http';
import { type MemoryStore, memoryStore } from '@flagwright/sources/memory';
import { describe, expect, it, vi } from 'vitest';
import { clusterDefinition } from '../cluster.ts';
import { type GatesHandlerOptions, gatesHandler } from './index.ts';

const BASE = 'http://cluster.test/1.0/feature-gates';
const ON: FlagDefinition = { type: 'bool', default: true };
const OFF: FlagDefinition = { type: 'bool', default: false };

interface Asked {
  readonly body?: unknown;
  readonly text?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
}

type Ask = (method: string, path?: string, asked?: Asked) => Promise<Response>;

function asking(store: FlagSource | FlagStore, options: Partial<GatesHandlerOptions> = {}): Ask {
  const handler = gatesHandler(store, { authorize: 'everybody', ...options });
  return (method, path = '', { body, text, headers = {} } = {}) =>
    handler(
      new Request(BASE + path, {
        method,
        headers: {
          ...(method === 'GET' || method === 'HEAD' ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(text === undefined ? {} : { body: text, duplex: 'half' }),
      } as RequestInit),
    );
}

const gate = (key: string, enabled: boolean) => ({ 'gate-key': key, enabled });

async function expectProblem(response: Response, status: number, code: FlagErrorCode): Promise<string> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toEqual({
    type: 'about:blank',
    title: expect.stringMatching(/^[A-Z][\w ]+$/),
    status,
    detail: expect.stringMatching(/\w/),
    code,
  });
  return body.detail as string;
}

const stored = async (store: FlagStore): Promise<Record<string, unknown>> =>
  Object.fromEntries((await store.read()).document.flags as unknown as Iterable<[string, unknown]>);

describe('reading', () => {
  it('lists the gates that are set, sorted, each once, and nothing else', async () => {
    const store = memoryStore({
      flags: {
        'feature.storage.ceph': ON,
        'feature.EventsProxy': OFF,
        'feature.feature.EventsProxy': ON,
        'feature.feature.doubled': ON,
        'feature.gone': clusterDefinition(undefined, 'w', undefined),
        'feature.text': { default: 'x' },
        'feature.shown': { ...ON, metadata: { 'gate.shown': 'sunbeam' } },
        other: ON,
      },
    });
    const response = await asking(store)('GET');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(await response.json()).toEqual([
      gate('feature.EventsProxy', false),
      gate('feature.doubled', true),
      gate('feature.storage.ceph', true),
    ]);
  });

  it('an empty cluster has an empty list', async () => {
    expect(await (await asking(memoryStore())('GET', '/')).json()).toEqual([]);
  });

  it.each(['/feature.storage.ceph', '/storage.ceph', '/feature%2Estorage%2eceph', '/feature.feature.storage.ceph'])(
    'one, as %s',
    async (path) => {
      const response = await asking(memoryStore({ flags: { 'feature.storage.ceph': ON } }))('GET', path);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual(gate('feature.storage.ceph', true));
    },
  );

  it.each<[string, number, FlagErrorCode]>([
    ['/feature.nobody', 404, 'NOT_FOUND'],
    ['/feature.gone', 404, 'NOT_FOUND'],
    ['/feature.text', 404, 'NOT_FOUND'],
    // another letter case is another gate
    ['/feature.eventsproxy', 404, 'NOT_FOUND'],
    ['/constructor', 404, 'NOT_FOUND'],
    // flags of others are out of reach
    ['/other', 404, 'NOT_FOUND'],
    ['/a/b', 404, 'NOT_FOUND'],
    ['/a%2Fb', 400, 'INVALID_ARGUMENT'],
    ['/%zz', 400, 'INVALID_ARGUMENT'],
    ['/%ff', 400, 'INVALID_ARGUMENT'],
    ['/__proto__', 400, 'INVALID_ARGUMENT'],
    ['/a%00b', 400, 'INVALID_ARGUMENT'],
    ['/feature.', 400, 'INVALID_ARGUMENT'],
    ['/1st', 400, 'INVALID_ARGUMENT'],
    [`/${'a'.repeat(101)}`, 400, 'INVALID_ARGUMENT'],
    [`/${'feature.'.repeat(1_000)}`, 400, 'INVALID_ARGUMENT'],
  ])('%s is %i %s', async (path, status, code) => {
    const store = memoryStore({
      flags: {
        'feature.EventsProxy': ON,
        'feature.gone': clusterDefinition(undefined, 'w', undefined),
        'feature.text': { default: 'x' },
        other: ON,
      },
    });
    await expectProblem(await asking(store)('GET', path), status, code);
  });

  it('HEAD is GET without the body', async () => {
    const ask = asking(memoryStore({ flags: { 'feature.a': ON } }));
    for (const path of ['', '/a']) {
      const [get, head] = [await ask('GET', path), await ask('HEAD', path)];
      expect([...head.headers]).toEqual([...get.headers]);
      expect(await head.text()).toBe('');
      expect(Number(get.headers.get('content-length'))).toBe((await get.text()).length);
    }
  });

  it('answers 304 to whoever has it, until it changes', async () => {
    const store = memoryStore({ flags: { 'feature.a': ON } });
    const ask = asking(store);
    for (const path of ['', '/a']) {
      const etag = (await ask('GET', path)).headers.get('etag')!;
      expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
      for (const header of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const response = await ask('GET', path, { headers: { 'if-none-match': header } });
        expect([response.status, response.headers.get('etag')], header).toEqual([304, etag]);
      }
      expect((await ask('GET', path, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
      await store.commit([{ key: 'feature.a', next: path === '' ? OFF : ON }]);
      expect((await ask('GET', path, { headers: { 'if-none-match': etag } })).status).toBe(200);
    }
  });

  it('the tag of a gate does not depend on the order in which a store has its names', async () => {
    const metadata = { one: 1, other: 2 };
    const tags = await Promise.all(
      [
        { type: 'bool', default: true, metadata },
        { metadata: { other: 2, one: 1 }, default: true, type: 'bool' },
      ].map(async (definition) => {
        const response = await asking(memoryStore({ flags: { 'feature.a': definition as never } }))('GET', '/a');
        return response.headers.get('etag');
      }),
    );
    expect(tags[0]).toBe(tags[1]);
  });

  it('needs nothing but a source, which cannot be changed', async () => {
    const { name, read } = memoryStore({ flags: { 'feature.a': ON } });
    const ask = asking({ name, read });
    expect((await ask('GET', '/a')).status).toBe(200);
    for (const [method, path] of [
      ['POST', ''],
      ['PUT', '/a'],
      ['DELETE', '/a'],
    ] as const) {
      const response = await ask(method, path, method === 'DELETE' ? {} : { body: gate('a', true) });
      expect(response.headers.get('allow')).toBe('GET, HEAD');
      await expectProblem(response, 405, 'UNSUPPORTED');
    }
  });
});

describe('POST', () => {
  it.each(['feature.storage.ceph', 'storage.ceph', 'feature.feature.storage.ceph', 'AllAlpha'])(
    'sets %s, and says where it is',
    async (key) => {
      const store = memoryStore();
      const ask = asking(store);
      const response = await ask('POST', '', { body: gate(key, true) });
      const name = key.replace(/^(feature\.)+/, '');
      expect(response.status).toBe(201);
      const location = response.headers.get('location')!;
      expect(location).toBe(`/1.0/feature-gates/feature.${name}`);
      expect(await response.json()).toEqual(gate(`feature.${name}`, true));
      expect(Object.keys(await stored(store))).toEqual([`feature.${name}`]);
      const read = await ask('GET', `/${location.split('/').at(-1)}`);
      expect(read.headers.get('etag')).toBe(response.headers.get('etag'));
    },
  );

  it('refuses a gate that is set, under either spelling, and leaves it alone', async () => {
    const store = memoryStore({ flags: { 'feature.a': ON, 'feature.feature.b': ON } });
    const before = (await store.read()).revision;
    for (const key of ['feature.a', 'a', 'b']) {
      await expectProblem(await asking(store)('POST', '', { body: gate(key, false) }), 409, 'CONFLICT');
    }
    expect((await store.read()).revision).toBe(before);
  });

  it('makes the set of a cluster that has none yet', async () => {
    const inner = memoryStore();
    let made = false;
    const store: FlagStore = {
      ...inner,
      async read(previous, signal) {
        if (!made) throw new FlagError('NOT_FOUND', 'there is no set');
        return inner.read(previous, signal);
      },
      commit(edits, by) {
        made = true;
        return inner.commit(edits, by);
      },
    };
    const ask = asking(store);
    await expectProblem(await ask('GET'), 503, 'UNAVAILABLE');
    await expectProblem(await ask('DELETE', '/a'), 404, 'NOT_FOUND');
    expect((await ask('POST', '', { body: gate('a', true) })).status).toBe(201);
    expect(await (await ask('GET')).json()).toEqual([gate('feature.a', true)]);
  });

  it('sets a gate anew that was unset, and remembers what it replaces', async () => {
    const store = memoryStore({ flags: { 'feature.a': clusterDefinition(undefined, 'w1', undefined) } });
    expect((await asking(store)('POST', '', { body: gate('a', true) })).status).toBe(201);
    expect((await stored(store))['feature.a']).toEqual({
      type: 'bool',
      default: true,
      metadata: { 'gate.write': expect.stringMatching(/^[\w-]{36}$/), 'gate.replaced': 'w1' },
    });
  });

  it('refuses to write over what is no gate', async () => {
    const store = memoryStore({ flags: { 'feature.a': { default: 'text' } } });
    const ask = asking(store, { upsert: true });
    for (const response of [
      await ask('POST', '', { body: gate('a', true) }),
      await ask('PUT', '/a', { body: gate('a', true) }),
      await ask('DELETE', '/a'),
    ]) {
      expect(await expectProblem(response, 409, 'CONFLICT')).toContain('is no gate');
    }
    expect((await stored(store))['feature.a']).toEqual({ default: 'text' });
  });
});

describe('PUT', () => {
  it.each([
    [{ enabled: false }],
    [gate('feature.a', false)],
    [gate('a', false)],
    // the text, not what it would be as a condition
    [{ enabled: 'false' }],
    [{ enabled: 'F' }],
    [{ enabled: '0' }],
  ])('%j switches a gate off', async (body) => {
    const store = memoryStore({ flags: { 'feature.a': ON } });
    const response = await asking(store)('PUT', '/a', { body });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(gate('feature.a', false));
    expect((await stored(store))['feature.a']).toMatchObject({ type: 'bool', default: false });
  });

  it('of a gate that is not set is 404, and sets it with upsert', async () => {
    const store = memoryStore({ flags: { 'feature.gone': clusterDefinition(undefined, 'w', undefined) } });
    for (const name of ['new', 'gone']) {
      const path = `/feature.${name}`;
      await expectProblem(await asking(store)('PUT', path, { body: { enabled: true } }), 404, 'NOT_FOUND');
      const ask = asking(store, { upsert: true });
      const response = await ask('PUT', path, { body: { enabled: true } });
      expect([response.status, response.headers.get('location')]).toEqual([201, `/1.0/feature-gates/feature.${name}`]);
      const again = await ask('PUT', path, { body: { enabled: false } });
      expect([again.status, again.headers.get('location')]).toEqual([200, null]);
    }
  });

  it('a gate under a doubled prefix is from then on under the right one', async () => {
    const store = memoryStore({ flags: { 'feature.feature.x': ON } });
    const ask = asking(store);
    expect((await ask('PUT', '/feature.x', { body: { enabled: false } })).status).toBe(200);
    expect((await stored(store))['feature.x']).toMatchObject({ default: false });
    expect(await (await ask('GET')).json()).toEqual([gate('feature.x', false)]);
    expect((await ask('DELETE', '/feature.feature.x')).status).toBe(204);
    expect(await (await ask('GET')).json()).toEqual([]);
  });

  it('refuses a key that is not that of the address', async () => {
    const ask = asking(memoryStore({ flags: { 'feature.a': ON, 'feature.b': ON } }));
    await expectProblem(await ask('PUT', '/a', { body: gate('b', false) }), 400, 'INVALID_ARGUMENT');
  });
});

describe('DELETE', () => {
  it('unsets a gate by a tombstone', async () => {
    const store = memoryStore({ flags: { 'feature.a': clusterDefinition(true, 'w1', undefined) } });
    const ask = asking(store);
    const response = await ask('DELETE', '/feature.a');
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect((await stored(store))['feature.a']).toEqual({
      type: 'bool',
      enabled: false,
      default: false,
      metadata: { 'gate.write': expect.any(String), 'gate.replaced': 'w1' },
    });
    await expectProblem(await ask('GET', '/a'), 404, 'NOT_FOUND');
    await expectProblem(await ask('DELETE', '/a'), 404, 'NOT_FOUND');
    await expectProblem(await ask('DELETE', '/nobody'), 404, 'NOT_FOUND');
  });
});

describe('conditions', () => {
  let store: MemoryStore;
  let ask: Ask;
  const open = (options: Partial<GatesHandlerOptions> = {}) => {
    store = memoryStore({ flags: { 'feature.a': ON } });
    ask = asking(store, options);
  };
  const tag = async () => (await ask('GET', '/a')).headers.get('etag')!;
  const put = (headers: Readonly<Record<string, string>>, path = '/a') =>
    ask('PUT', path, { body: { enabled: false }, headers });

  it('a change is made to what If-Match names, and its answer has the next tag', async () => {
    open();
    const first = await tag();
    const response = await put({ 'if-match': `"x", ${first}` });
    expect(response.status).toBe(200);
    const next = response.headers.get('etag')!;
    expect(next).not.toBe(first);
    expect(await tag()).toBe(next);
    expect((await ask('DELETE', '/a', { headers: { 'if-match': next } })).status).toBe(204);
  });

  it('and to nothing else', async () => {
    open();
    const first = await tag();
    await put({});
    const before = (await store.read()).revision;
    for (const header of [first, '"x"', 'x', '', `W/${await tag()}`]) {
      await expectProblem(await put({ 'if-match': header }), 412, 'CONFLICT');
      await expectProblem(await ask('DELETE', '/a', { headers: { 'if-match': header } }), 412, 'CONFLICT');
    }
    expect((await store.read()).revision).toBe(before);
  });

  it('* is any gate that is set; of one that is not, 404 comes first', async () => {
    open();
    expect((await put({ 'if-match': '*' })).status).toBe(200);
    await expectProblem(await put({ 'if-match': '*' }, '/b'), 404, 'NOT_FOUND');
    open({ upsert: true });
    await expectProblem(await put({ 'if-match': '*' }, '/b'), 412, 'CONFLICT');
  });

  it('If-None-Match: * makes, and changes nothing', async () => {
    open({ upsert: true });
    await expectProblem(await put({ 'if-none-match': '*' }), 412, 'CONFLICT');
    await expectProblem(await put({ 'if-none-match': await tag() }), 412, 'CONFLICT');
    expect((await put({ 'if-none-match': '*' }, '/b')).status).toBe(201);
    expect((await put({ 'if-none-match': '"x"' })).status).toBe(200);
  });

  it('without conditions the last write wins, whatever came between', async () => {
    const inner = memoryStore({ flags: { 'feature.a': ON } });
    let others = 3;
    const busy: FlagStore = {
      ...inner,
      async commit(edits, by) {
        if (others-- > 0)
          await inner.commit([{ key: 'feature.a', next: clusterDefinition(true, `w${others}`, undefined) }]);
        return inner.commit(edits, by);
      },
    };
    const response = await asking(busy)('PUT', '/a', { body: { enabled: false } });
    expect(response.status).toBe(200);
    expect((await stored(inner))['feature.a']).toMatchObject({ default: false, metadata: { 'gate.replaced': 'w0' } });
  });

  it('with If-Match, what came between is found out', async () => {
    const inner = memoryStore({ flags: { 'feature.a': ON } });
    let others = 1;
    const busy: FlagStore = {
      ...inner,
      async commit(edits, by) {
        if (others-- > 0) await inner.commit([{ key: 'feature.a', next: clusterDefinition(true, 'w1', undefined) }]);
        return inner.commit(edits, by);
      },
    };
    const ask = asking(busy);
    const etag = (await ask('GET', '/a')).headers.get('etag')!;
    const response = await ask('PUT', '/a', { body: { enabled: false }, headers: { 'if-match': etag } });
    await expectProblem(response, 412, 'CONFLICT');
    expect((await stored(inner))['feature.a']).toMatchObject({ default: true });
  });

  it('two that create one gate at once: one has made it, the other is told', async () => {
    const shared = memoryStore();
    const statuses = await Promise.all(
      Array.from({ length: 8 }, (_, i) => asking(shared)('POST', '', { body: gate('a', i % 2 === 0) })),
    );
    expect(statuses.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(409)]);
  });

  it('a gate that others change all the time is 409, at the end', async () => {
    const inner = memoryStore({ flags: { 'feature.a': ON } });
    const commit = vi.fn(async () => {
      throw new FlagError('CONFLICT', 'flag feature.a is not what it was');
    });
    const response = await asking({ ...inner, commit }, { timeout: 100 })('PUT', '/a', { body: { enabled: false } });
    expect(response.headers.get('retry-after')).toBe('1');
    await expectProblem(response, 409, 'CONFLICT');
    expect(commit.mock.calls.length).toBeGreaterThan(1);
  });
});

describe('bodies that make no sense', () => {
  it.each<[string, Asked, number, FlagErrorCode]>([
    ['none', {}, 400, 'INVALID_ARGUMENT'],
    ['no JSON', { text: '{"enabled": tru' }, 400, 'INVALID_ARGUMENT'],
    ['more than JSON', { text: '{"enabled":true}{}' }, 400, 'INVALID_ARGUMENT'],
    ['no UTF-8', { text: new Uint8Array([0x22, 0xff, 0x22]) }, 400, 'INVALID_ARGUMENT'],
    ['null', { body: null }, 400, 'INVALID_ARGUMENT'],
    ['a list', { body: [gate('a', true)] }, 400, 'INVALID_ARGUMENT'],
    ['deep', { text: '['.repeat(5_000) }, 400, 'INVALID_ARGUMENT'],
    ['nothing in it', { body: {} }, 400, 'INVALID_ARGUMENT'],
    ['enabled: null, which is DELETE', { body: gate('a', null as never) }, 400, 'INVALID_ARGUMENT'],
    ['enabled: 1', { body: gate('a', 1 as never) }, 400, 'INVALID_ARGUMENT'],
    ['enabled: "yes"', { body: gate('a', 'yes' as never) }, 400, 'INVALID_ARGUMENT'],
    ['enabled: ""', { body: gate('a', '' as never) }, 400, 'INVALID_ARGUMENT'],
    ['a key that is no text', { body: gate(7 as never, true) }, 400, 'INVALID_ARGUMENT'],
    ['a key that no gate can have', { body: gate('a b', true) }, 400, 'INVALID_ARGUMENT'],
    ['a field too many', { body: { ...gate('a', true), enabeld: false } }, 400, 'INVALID_ARGUMENT'],
    ['__proto__', { text: '{"__proto__":{"enabled":true},"gate-key":"a"}' }, 400, 'INVALID_ARGUMENT'],
    ['another type', { text: 'enabled=true', headers: { 'content-type': 'text/plain' } }, 415, 'INVALID_ARGUMENT'],
    ['packed', { body: gate('a', true), headers: { 'content-encoding': 'gzip' } }, 415, 'INVALID_ARGUMENT'],
    ['too large', { body: { ...gate('a', true), more: 'x'.repeat(20_000) } }, 413, 'TOO_LARGE'],
    [
      'too large, and it says so beforehand',
      { body: gate('a', true), headers: { 'content-length': '99999' } },
      413,
      'TOO_LARGE',
    ],
  ])('%s', async (_, asked, status, code) => {
    const store = memoryStore({ flags: { 'feature.a': OFF } });
    const before = (await store.read()).revision;
    for (const [method, path] of [
      ['POST', ''],
      ['PUT', '/a'],
    ] as const) {
      await expectProblem(await asking(store)(method, path, asked), status, code);
    }
    expect((await store.read()).revision).toBe(before);
  });

  it('POST needs a key', async () => {
    await expectProblem(await asking(memoryStore())('POST', '', { body: { enabled: true } }), 400, 'INVALID_ARGUMENT');
  });

  it('a body that never ends is read no further than the bound', async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(1_000).fill(0x20));
      },
    });
    const response = await asking(memoryStore(), { maxBytes: 10_000 })('POST', '', { text: endless });
    await expectProblem(response, 413, 'TOO_LARGE');
    expect(pulled).toBeLessThan(20);
  });

  it('a body that breaks off', async () => {
    const broken = new ReadableStream({
      pull(controller) {
        controller.error(new Error('gone'));
      },
    });
    await expectProblem(await asking(memoryStore())('POST', '', { text: broken }), 503, 'UNAVAILABLE');
  });
});

describe('addresses and methods', () => {
  it.each([
    ['PATCH', '/a', 'GET, HEAD, PUT, DELETE'],
    ['POST', '/a', 'GET, HEAD, PUT, DELETE'],
    ['OPTIONS', '', 'GET, HEAD, POST'],
    ['DELETE', '', 'GET, HEAD, POST'],
    ['PUT', '', 'GET, HEAD, POST'],
  ])('%s %s is not allowed', async (method, path, allow) => {
    const response = await asking(memoryStore())(method, path);
    expect(response.headers.get('allow')).toBe(allow);
    await expectProblem(response, 405, 'UNSUPPORTED');
  });

  it.each(['http://cluster.test/', 'http://cluster.test/1.0/feature-gatesx', 'http://cluster.test/2/feature-gates'])(
    'there is nothing at %s',
    async (url) => {
      const handler = gatesHandler(memoryStore(), { authorize: 'everybody' });
      await expectProblem(await handler(new Request(url)), 404, 'NOT_FOUND');
    },
  );

  it('another path, and a query that says nothing', async () => {
    const store = memoryStore();
    const handler = gatesHandler(store, { authorize: 'everybody', path: '/cluster/gates' });
    const made = await handler(
      new Request('http://cluster.test/cluster/gates?x=1', {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(gate('a', true)),
      }),
    );
    expect([made.status, made.headers.get('location')]).toEqual([201, '/cluster/gates/feature.a']);
    expect((await handler(new Request('http://cluster.test/cluster/gates/a?x=1'))).status).toBe(200);
  });
});

describe('who may do what', () => {
  it.each([undefined, null, true, 'nobody'])('authorize: %j is refused: it must be said', (authorize) => {
    expect(() => gatesHandler(memoryStore(), { authorize: authorize as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('is asked what is wanted, before anything is done', async () => {
    const asked: string[] = [];
    const store = memoryStore({ flags: { 'feature.a': ON } });
    const read = vi.spyOn(store, 'read');
    const ask = asking(store, {
      authorize(_, action) {
        asked.push(action);
        return false;
      },
    });
    for (const [method, path] of [
      ['GET', ''],
      ['HEAD', '/a'],
      ['POST', ''],
      ['PUT', '/a'],
      ['DELETE', '/a'],
    ] as const) {
      // not even the body is looked at
      const response = await ask(method, path, method === 'POST' || method === 'PUT' ? { text: '{' } : {});
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(response.status).toBe(401);
    }
    expect(asked).toEqual(['list', 'read', 'create', 'update', 'delete']);
    expect(read).not.toHaveBeenCalled();
  });

  it('a token lets pass, and a response is the answer', async () => {
    const store = memoryStore({ flags: { 'feature.a': ON } });
    const readers = bearer('one');
    const ask = asking(store, {
      authorize: (request, action) =>
        readers(request) && (action === 'list' || action === 'read' ? true : new Response('no', { status: 403 })),
    });
    const headers = { authorization: 'Bearer one' };
    expect((await ask('GET', '/a', { headers })).status).toBe(200);
    expect((await ask('GET', '/a')).status).toBe(401);
    expect((await ask('DELETE', '/a', { headers })).status).toBe(403);
    expect((await stored(store))['feature.a']).toEqual(ON);
  });

  it.each<[unknown, number]>([
    ['true', 401],
    [1, 401],
    [undefined, 401],
  ])('what is not true is no: %j', async (said, status) => {
    expect((await asking(memoryStore(), { authorize: () => said as boolean })('GET')).status).toBe(status);
  });

  it('whoever cannot tell lets nobody pass, and no secret out', async () => {
    const ask = asking(memoryStore(), {
      authorize: () => {
        throw new Error('the password secret is wrong');
      },
    });
    expect(await expectProblem(await ask('GET'), 503, 'UNAVAILABLE')).not.toContain('secret');
  });

  it('whoever refuses by throwing is heard', async () => {
    const ask = asking(memoryStore(), {
      authorize: () => {
        throw new FlagError('UNAUTHORIZED', 'the token has expired');
      },
    });
    expect(await expectProblem(await ask('GET'), 401, 'UNAUTHORIZED')).toBe('the token has expired');
  });

  it('the author of a change is told to the store', async () => {
    const inner = memoryStore();
    const authors: (string | undefined)[] = [];
    const store: FlagStore = {
      ...inner,
      commit(edits: readonly Edit[], by?: string) {
        authors.push(by);
        return inner.commit(edits, by);
      },
    };
    const ask = asking(store, { by: ({ headers }) => headers.get('x-user') ?? undefined });
    await ask('POST', '', { body: gate('a', true), headers: { 'x-user': 'ada' } });
    await ask('PUT', '/a', { body: gate('a', false), headers: { 'x-user': 'bob' } });
    await ask('DELETE', '/a');
    expect(authors).toEqual(['ada', 'bob', undefined]);
  });
});

describe('a store that is not well', () => {
  const failing = (error: unknown): FlagStore => {
    const inner = memoryStore({ flags: { 'feature.a': ON } });
    return { ...inner, commit: () => Promise.reject(error) };
  };

  it.each<[FlagErrorCode, number, FlagErrorCode]>([
    ['MANAGED', 403, 'MANAGED'],
    ['UNAVAILABLE', 503, 'UNAVAILABLE'],
    ['NOT_READY', 503, 'UNAVAILABLE'],
    ['UNKNOWN', 502, 'UNKNOWN'],
    ['UNSUPPORTED', 501, 'UNSUPPORTED'],
    ['UNAUTHORIZED', 503, 'UNAVAILABLE'],
    ['NOT_FOUND', 503, 'UNAVAILABLE'],
    ['INVALID_ARGUMENT', 503, 'UNAVAILABLE'],
  ])('a commit that ends in %s is %i', async (code, status, told) => {
    const response = await asking(failing(new FlagError(code, 'why')))('PUT', '/a', { body: { enabled: false } });
    expect(response.headers.get('retry-after')).toBe(status === 503 ? '5' : null);
    await expectProblem(response, status, told);
  });

  it.each<FlagErrorCode>(['UNAVAILABLE', 'NOT_FOUND', 'PARSE_ERROR', 'UNAUTHORIZED', 'NOT_READY', 'TOO_LARGE'])(
    'a read that ends in %s is 503: no gate is told to be unset',
    async (code) => {
      const source: FlagSource = {
        name: 'test',
        read: () => Promise.reject(new FlagError(code, 'why', { retryAfter: 2_500 })),
      };
      for (const path of ['', '/a']) {
        const response = await asking(source)('GET', path);
        expect(response.headers.get('retry-after')).toBe(code === 'UNAUTHORIZED' ? '5' : '3');
        await expectProblem(response, 503, 'UNAVAILABLE');
      }
    },
  );

  it('what others throw is not repeated', async () => {
    const error = new Error('postgres://u:secret@h/db');
    const detail = await expectProblem(
      await asking(failing(error))('PUT', '/a', { body: { enabled: true } }),
      502,
      'UNKNOWN',
    );
    expect(detail).not.toContain('secret');
    const source: FlagSource = { name: 'test', read: () => Promise.reject(error) };
    expect(await expectProblem(await asking(source)('GET'), 503, 'UNAVAILABLE')).not.toContain('secret');
  });

  it('a copy is not taken for the cluster', async () => {
    const { document } = await memoryStore({ flags: { 'feature.a': ON } }).read();
    const cause = new FlagError('UNAVAILABLE', 'away');
    const source: FlagSource = {
      name: 'test',
      read: async () => ({ document, revision: 'r', stale: { since: 1, cause } }),
    };
    await expectProblem(await asking(source)('GET', '/a'), 503, 'UNAVAILABLE');
  });

  it('one that hangs is given up: of a write nobody knows whether it was made', async () => {
    const never = () => new Promise<never>(() => undefined);
    const inner = memoryStore({ flags: { 'feature.a': ON } });
    const ask = asking({ ...inner, commit: never }, { timeout: 20 });
    await expectProblem(await ask('PUT', '/a', { body: { enabled: true } }), 502, 'UNKNOWN');
    await expectProblem(await asking({ name: 'test', read: never }, { timeout: 20 })('GET'), 503, 'UNAVAILABLE');
  });
});

it.each<[string, object]>([
  ['a path without a slash', { path: 'gates' }],
  ['a path with a slash at its end', { path: '/gates/' }],
  ['a path with a query', { path: '/gates?x' }],
  ['a bound of nothing', { maxBytes: 0 }],
  ['a timeout of nothing', { timeout: 0 }],
])('options: %s', (_, options) => {
  expect(() => gatesHandler(memoryStore(), { authorize: 'everybody', ...options })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
  expect(() => gatesHandler({} as FlagSource, { authorize: 'everybody' })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});
