import type { FlagSource, FlagStore } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { describe, expect, it, vi } from 'vitest';
import { type GatesHandlerOptions, gatesHandler } from './index.ts';

const BASE = 'http://cluster.test/1.0/feature-gates';
const ON = { type: 'bool', default: true } as const;

type Ask = (method: string, path?: string, body?: string, headers?: Readonly<Record<string, string>>) => Request;

const request: Ask = (method, path = '', body, headers = {}) =>
  new Request(BASE + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body }),
  });

const handling = (store: FlagSource | FlagStore, options: Partial<GatesHandlerOptions> = {}) =>
  gatesHandler(store, { authorize: 'everybody', ...options });

const problemOf = async (response: Response): Promise<readonly [number, unknown, string]> => {
  const { code, detail } = (await response.json()) as { readonly code: unknown; readonly detail: string };
  return [response.status, code, detail];
};

async function definitionOf(store: FlagStore, key: string): Promise<unknown> {
  const { flags } = (await store.read()).document;
  return (flags as ReadonlyMap<string, unknown>).get(key);
}

describe('the tag of a gate', () => {
  it.each<[string, object, object]>([
    [
      'depends on the time',
      { targeting: { if: [{ '<': [{ var: '$flagd.timestamp' }, 2_000_000_000] }, 'on', 'off'] } },
      {},
    ],
    [
      'refers to an evaluator',
      { targeting: { $ref: 'early' } },
      { $evaluators: { early: { if: [true, 'on', 'off'] } } },
    ],
  ])('is another as soon as it is served another: one that %s', async (_, rest, document) => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_900_000_000_000 });
    try {
      const definition = { variants: { on: true, off: false }, defaultVariant: 'off', ...rest };
      const flags = { 'feature.a': definition as never };
      let set = await memoryStore({ flags, ...document }).read();
      const handler = handling({ name: 'test', read: async () => set });
      const first = await handler(request('GET', '/a'));
      const etag = first.headers.get('etag')!;
      expect(await first.json()).toMatchObject({ enabled: true });
      expect((await handler(request('GET', '/a', undefined, { 'if-none-match': etag }))).status).toBe(304);
      vi.setSystemTime(2_100_000_000_000);
      if ('$evaluators' in document) {
        set = await memoryStore({ flags, $evaluators: { early: { if: [false, 'on', 'off'] } } }).read();
      }
      const then = await handler(request('GET', '/a', undefined, { 'if-none-match': etag }));
      expect(then.status).toBe(200);
      expect(await then.json()).toMatchObject({ enabled: false });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('many at once', () => {
  /** A store whose reads and commits take a turn of the event loop each, as over a network. */
  function slow(): FlagStore & { readonly refused: () => number } {
    const inner = memoryStore({ flags: { 'feature.a': ON } });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    let refused = 0;
    return {
      ...inner,
      refused: () => refused,
      async read(previous, signal) {
        await turn();
        return inner.read(previous, signal);
      },
      async commit(edits, by) {
        await turn();
        return inner.commit(edits, by).catch((thrown) => {
          refused++;
          throw thrown;
        });
      },
    };
  }

  it('of one handler each has written: those of one gate wait for one another', async () => {
    const store = slow();
    const handler = handling(store);
    const asked = Array.from({ length: 40 }, (_, i) => handler(request('PUT', '/a', `{"enabled":${i % 2 === 0}}`)));
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array<number>(40).fill(200));
    expect(store.refused()).toBe(0);
  });

  it('of many handlers, each has written too', async () => {
    const store = slow();
    const asked = Array.from({ length: 20 }, (_, i) =>
      handling(store)(request('PUT', '/a', `{"enabled":${i % 2 === 0}}`)),
    );
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
  });

  it('another gate waits for nobody', async () => {
    const inner = memoryStore({ flags: { 'feature.a': ON, 'feature.b': ON } });
    let go = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    const handler = handling({
      ...inner,
      async commit(edits, by) {
        if (edits[0]?.key === 'feature.a') await gone;
        return inner.commit(edits, by);
      },
    });
    const first = handler(request('PUT', '/a', '{"enabled":false}'));
    expect((await handler(request('PUT', '/b', '{"enabled":false}'))).status).toBe(200);
    go();
    expect((await first).status).toBe(200);
  });

  it('whoever waits too long has done nothing, and the others go on', async () => {
    const inner = memoryStore({ flags: { 'feature.a': ON } });
    let commits = 0;
    const handler = handling(
      {
        ...inner,
        async read(previous, signal) {
          // the others are in the queue by then
          await new Promise((resolve) => setImmediate(resolve));
          return inner.read(previous, signal);
        },
        commit: () => (commits++ === 0 ? new Promise(() => undefined) : inner.commit([])),
      },
      { timeout: 40 },
    );
    const asked = [1, 2, 3].map(() => handler(request('PUT', '/a', '{"enabled":false}')).then(problemOf));
    const [first, ...rest] = await Promise.all(asked);
    expect(first!.slice(0, 2)).toEqual([502, 'UNKNOWN']);
    for (const problem of rest) expect(problem.slice(0, 2)).toEqual([503, 'UNAVAILABLE']);
    expect(commits).toBe(1);
    expect((await handler(request('PUT', '/a', '{"enabled":false}'))).status).toBe(200);
  });
});

it('a set is looked at again only when it has changed', async () => {
  let looked = 0;
  const definition = {
    ...ON,
    get metadata() {
      looked++;
      return {};
    },
  };
  const set = { document: { flags: { 'feature.a': definition } }, revision: 'r' };
  const handler = handling({ name: 'test', read: async () => set });
  await handler(request('GET', '/a'));
  const once = looked;
  await handler(request('GET'));
  expect([once > 0, looked]).toEqual([true, once]);
});

describe('what a change leaves as it is', () => {
  const AUTHORED = {
    name: 'Ceph',
    description: 'Volumes on Ceph.',
    owner: '@storage',
    createdAt: '2026-01-31T00:00:00Z',
    tags: ['storage'],
    metadata: { ticket: 'ST-7', risk: 3 },
  };

  it('is what people have written about the gate, however often it is set and unset', async () => {
    const store = memoryStore({ flags: { 'feature.a': { ...ON, ...AUTHORED } } });
    const handler = handling(store, { upsert: true });
    await handler(request('PUT', '/a', '{"enabled":false}'));
    const ours = { 'gate.write': expect.any(String) };
    expect(await definitionOf(store, 'feature.a')).toEqual({
      type: 'bool',
      default: false,
      ...AUTHORED,
      metadata: { ...AUTHORED.metadata, ...ours },
    });
    await handler(request('DELETE', '/a'));
    await handler(request('PUT', '/a', '{"enabled":true}'));
    expect(await definitionOf(store, 'feature.a')).toEqual({
      type: 'bool',
      default: true,
      ...AUTHORED,
      metadata: { ...AUTHORED.metadata, ...ours, 'gate.replaced': expect.any(String) },
    });
  });

  it('is not what decided before', async () => {
    const definition = {
      variants: { on: true, off: false },
      defaultVariant: 'off',
      rules: [{ variation: 'on' }],
      ...AUTHORED,
    };
    const store = memoryStore({ flags: { 'feature.a': definition as never } });
    await handling(store)(request('PUT', '/a', '{"enabled":false}'));
    expect(await definitionOf(store, 'feature.a')).toEqual({
      type: 'bool',
      default: false,
      ...AUTHORED,
      metadata: { ...AUTHORED.metadata, 'gate.write': expect.any(String) },
    });
  });
});

describe('a body', () => {
  it('that was read before is a fault of the server, which is told what to do', async () => {
    const handler = handling(memoryStore(), {
      async authorize(asked) {
        await asked.text();
        return true;
      },
    });
    for (const [method, path] of [
      ['POST', ''],
      ['PUT', '/a'],
    ] as const) {
      const response = await handler(request(method, path, '{"gate-key":"a","enabled":true}'));
      expect(response.headers.get('retry-after')).toBeNull();
      const [status, code, detail] = await problemOf(response);
      expect([status, code]).toEqual([500, 'UNSUPPORTED']);
      expect(detail).toContain('clone()');
    }
    const locked = request('POST', '', '{"gate-key":"a","enabled":true}');
    locked.body!.getReader();
    expect((await problemOf(await handling(memoryStore())(locked))).slice(0, 2)).toEqual([500, 'UNSUPPORTED']);
  });

  it.each([
    '{"gate-key":"a","enabled":true,"enabled":false}',
    '{"gate-key":"a","gate-key":"b","enabled":true}',
    '{"gate-key":"a","enabled":true,"en\\u0061bled":false}',
  ])('with a key that is there twice is refused: %s', async (text) => {
    const [status, code, detail] = await problemOf(await handling(memoryStore())(request('POST', '', text)));
    expect([status, code]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(detail).toContain('twice');
  });
});

it('POST makes what is not there: with If-Match it makes nothing', async () => {
  const store = memoryStore();
  for (const header of ['"nope"', '*', 'x']) {
    const response = await handling(store)(
      request('POST', '', '{"gate-key":"a","enabled":true}', { 'if-match': header }),
    );
    expect((await problemOf(response)).slice(0, 2), header).toEqual([412, 'CONFLICT']);
  }
  expect(await definitionOf(store, 'feature.a')).toBeUndefined();
  const made = request('POST', '', '{"gate-key":"a","enabled":true}', { 'if-none-match': '*' });
  expect((await handling(store)(made)).status).toBe(201);
});

describe('what a program gave', () => {
  it.each<[string, object]>([
    ['upsert as a text', { upsert: 'false' }],
    ['upsert as null', { upsert: null }],
    ['by as a text', { by: 'me' }],
    ['a path that addresses have in another form', { path: '/gäte' }],
    ['a path that leads elsewhere', { path: '/a/../b' }],
    ['a path with a dot', { path: '/a/./b' }],
    ['a path with a backslash', { path: '/a\\b' }],
    ['an option that there is not', { upserts: true }],
  ])('%s is refused', (_, options) => {
    expect(() => handling(memoryStore(), options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it.each(['/gates', '/a.b/c-d_e~f', '/g%C3%A4te', '/v1/@all'])('the path %s is good', async (path) => {
    const handler = handling(memoryStore({ flags: { 'feature.a': ON } }), { path });
    expect((await handler(new Request(`http://cluster.test${path}/a`))).status).toBe(200);
  });

  it('an option that is misspelt is told', () => {
    expect(() => handling(memoryStore(), { upsrt: true } as never)).toThrow('upsert');
  });

  it.each<[string, Partial<GatesHandlerOptions>, string]>([
    ['authorize', { authorize: () => Promise.reject(new Error('secret')) }, 'authorize'],
    [
      'by',
      {
        by: () => {
          throw new Error('secret');
        },
      },
      'by',
    ],
    ['by, that promises', { by: () => Promise.reject(new Error('secret')) }, 'by'],
    ['by, that gives no text', { by: () => 7 as never }, 'by'],
  ])('what fails is named: %s', async (_, options, name) => {
    const store = memoryStore();
    const commit = vi.spyOn(store, 'commit');
    const response = await handling(store, options)(request('POST', '', '{"gate-key":"a","enabled":true}'));
    const [status, code, detail] = await problemOf(response);
    expect([status, code]).toEqual([503, 'UNAVAILABLE']);
    expect(detail).toMatch(new RegExp(`\\b${name}\\b`));
    expect(detail).not.toContain('secret');
    expect(commit).not.toHaveBeenCalled();
  });

  it('what by refuses, it refuses', async () => {
    const handler = handling(memoryStore(), {
      by: () => {
        throw new FlagError('UNAUTHORIZED', 'nobody is logged in');
      },
    });
    const response = await handler(request('POST', '', '{"gate-key":"a","enabled":true}'));
    expect(await problemOf(response)).toEqual([401, 'UNAUTHORIZED', 'nobody is logged in']);
  });
});
