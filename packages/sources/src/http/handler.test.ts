import type { FlagDocument, FlagErrorCode, FlagSet, FlagSource, FlagStore, Observer } from '@flagwright/core';
import { compile, Entries, FlagError } from '@flagwright/core';
import { until } from '@flagwright/test-servers';
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../memory.ts';
import { overlay } from '../overlay.ts';
import { type Handler, HTTP_STATUS, type StoreHandlerOptions, storeHandler } from './index.ts';

const URL = 'http://flags.test/';

function ask(handler: Handler, headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> {
  return handler(new Request(URL, { headers, ...init }));
}

function send(handler: Handler, body: BodyInit | null, type = 'application/json'): Promise<Response> {
  return handler(new Request(URL, { method: 'POST', headers: { 'content-type': type }, body }));
}

/** A source that answers what the test says. */
function sourceOf(read: (previous?: FlagSet, signal?: AbortSignal) => Promise<FlagSet>): FlagSource {
  return { name: 'test', read };
}

const setOf = (document: object, revision = 'r1', more: Partial<FlagSet> = {}): FlagSet => ({
  document: document as FlagDocument,
  revision,
  ...more,
});

describe('GET', () => {
  it.each<[string, unknown]>([
    ['a record', { a: { default: 1 }, b: { default: 2 } }],
    ['a map', new Map(Object.entries({ a: { default: 1 }, b: { default: 2 } }))],
    ['entries', Entries.of(Object.entries({ a: { default: 1 }, b: { default: 2 } }))],
  ])('gives flags in %s as a record', async (_, flags) => {
    const response = await ask(storeHandler(sourceOf(async () => setOf({ flags, metadata: { x: 1 } }))));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('etag')).toBe('"r1"');
    const text = await response.text();
    expect(response.headers.get('content-length')).toBe(String(text.length));
    expect(JSON.parse(text)).toEqual({ flags: { a: { default: 1 }, b: { default: 2 } }, metadata: { x: 1 } });
  });

  it('leaves a list of flags as it is, with its mistakes', async () => {
    const flags = [{ key: 'a', default: 1 }, { key: 'a', default: 2 }, { default: 3 }];
    const response = await ask(storeHandler(sourceOf(async () => setOf({ flags }))));
    expect(await response.json()).toEqual({ flags });
  });

  it('keeps names of members of every object, the order of variants, and anything else in the document', async () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const definition = { variants: { z: 1, a: 2, 日: 3 }, default: 'z' };
    const document = { flags: new Map(names.map((name) => [name, definition])), $schema: 'x', unknown: [1] };
    const text = await (await ask(storeHandler(sourceOf(async () => setOf(document))))).text();
    const read = JSON.parse(text) as Record<string, Record<string, unknown>>;
    expect(Object.keys(read.flags!)).toEqual(names);
    expect(text).toContain('{"z":1,"a":2,"日":3}');
    expect(read).toMatchObject({ $schema: 'x', unknown: [1] });
    expect([...compile(setOf(read)).flags.keys()]).toEqual(names);
  });

  it('answers 304 to whoever has it, with its tag and no body', async () => {
    const handler = storeHandler(sourceOf(async () => setOf({ flags: {} }, '"ü" 日')));
    const etag = (await ask(handler)).headers.get('etag')!;
    for (const header of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const response = await ask(handler, { 'if-none-match': header });
      expect(response.status, header).toBe(304);
      expect(response.headers.get('etag')).toBe(etag);
      expect(await response.text()).toBe('');
    }
    for (const header of ['"x"', '""', 'x']) expect((await ask(handler, { 'if-none-match': header })).status).toBe(200);
  });

  it('hands a large document out in pieces, all of the same bytes, as they are asked for', async () => {
    const text = 'x'.repeat(300_000);
    const handler = storeHandler(sourceOf(async () => setOf({ flags: {}, metadata: { text } })));
    const [one, two] = await Promise.all([ask(handler), ask(handler)]);
    const first = async ({ body }: Response) => (await body!.getReader().read()).value!;
    const [a, b] = [await first(one), await first(two)];
    expect([a.length, b.length]).toEqual([65_536, 65_536]);
    expect(a.buffer).toBe(b.buffer);
    const whole = await ask(handler);
    expect(await whole.json()).toEqual({ flags: {}, metadata: { text } });
  });

  it('HEAD is the same without the body', async () => {
    const handler = storeHandler(memoryStore({ flags: { a: { default: '日' } } }));
    const [get, head] = [await ask(handler), await ask(handler, {}, { method: 'HEAD' })];
    expect([...head.headers]).toEqual([...get.headers]);
    expect(await head.text()).toBe('');
    expect((await get.arrayBuffer()).byteLength).toBe(Number(head.headers.get('content-length')));
    const etag = get.headers.get('etag')!;
    expect((await ask(handler, { 'if-none-match': etag }, { method: 'HEAD' })).status).toBe(304);
  });

  it('tells that a set is stale on 200 and 304 alike, and nothing that is secret', async () => {
    let cause: unknown = new FlagError('PARSE_ERROR', 'features.yaml:1:1: ü');
    const handler = storeHandler(sourceOf(async () => setOf({}, 'r1', { stale: { since: 1_700_000_000_000, cause } })));
    for (const headers of [{}, { 'if-none-match': '"r1"' }]) {
      const response = await ask(handler, headers as Record<string, string>);
      expect(response.headers.get('flagwright-stale-since')).toBe('1700000000000');
      expect(response.headers.get('flagwright-stale-cause')).toMatch(/^PARSE_ERROR ~features\.yaml:1:1:%0020%00fc$/);
    }
    for (const thrown of [
      new Error('postgres://u:secret@h/db'),
      FlagError.from(new Error('postgres://u:secret@h/db'), 'UNAVAILABLE'),
      'secret',
      new FlagError('UNAUTHORIZED', 'the password secret is wrong'),
    ]) {
      cause = thrown;
      const said = (await ask(handler)).headers.get('flagwright-stale-cause');
      expect(said).toMatch(/^UNAVAILABLE ~/);
      expect(said).not.toContain('secret');
    }
  });

  it('gives the store the last set, and asks it once for all who ask at once', async () => {
    const previous: (FlagSet | undefined)[] = [];
    let release!: () => void;
    let gate = Promise.resolve();
    let n = 0;
    const handler = storeHandler(
      sourceOf(async (before) => {
        previous.push(before);
        const revision = `r${++n}`;
        await gate;
        return setOf({}, revision);
      }),
    );
    await ask(handler);
    gate = new Promise((resolve) => {
      release = resolve;
    });
    const first = ask(handler);
    await until('the read is under way', () => previous.length === 2);
    const others = Array.from({ length: 50 }, () => ask(handler));
    release();
    // a read that began before one asked may have missed what made one ask: those share the next
    expect((await first).headers.get('etag')).toBe('"r2"');
    for (const other of others) expect((await other).headers.get('etag')).toBe('"r3"');
    expect(previous.map((set) => set?.revision)).toEqual([undefined, 'r1', 'r2']);
  });

  it('goes on after a read that failed, while others wait', async () => {
    let fail: ((error: Error) => void) | undefined;
    let n = 0;
    const handler = storeHandler(
      sourceOf(() => {
        if (++n > 1) return Promise.resolve(setOf({}));
        return new Promise((_, reject) => {
          fail = reject;
        });
      }),
    );
    const first = ask(handler);
    const second = ask(handler);
    await until('the read is under way', () => fail !== undefined);
    fail!(new Error('away'));
    expect([(await first).status, (await second).status]).toEqual([503, 200]);
  });

  it('gives up a read that takes too long, and so does not hang for ever', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const hanging = sourceOf((_, signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    const handler = storeHandler(hanging, { readTimeout: 30 });
    const responses = await Promise.all([ask(handler), ask(handler)]);
    expect(responses.map(({ status }) => status)).toEqual([503, 503]);
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true]);
  });

  it.each(Object.entries(HTTP_STATUS) as [FlagErrorCode, number][])('an error %s, %i', async (code, status) => {
    const response = await ask(
      storeHandler(
        sourceOf(async () => {
          throw new FlagError(code, 'the words', { retryAfter: 1_001, cause: new Error('secret') });
        }),
      ),
    );
    // a reader cannot be at fault, and its credentials are not those that the store behind it refused
    const expected = code === 'NOT_FOUND' ? 404 : code === 'UNAUTHORIZED' ? 503 : Math.max(500, status);
    expect(response.status).toBe(expected);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const body: unknown = await response.json();
    if (code === 'UNAUTHORIZED') expect(body).toMatchObject({ code: 'UNAVAILABLE' });
    else {
      expect(body).toEqual({ code, message: 'the words' });
      expect(response.headers.get('retry-after')).toBe('2');
    }
  });

  it.each<[string, unknown]>([
    ['an error of a driver', Object.assign(new Error('connect to postgres://u:secret@h'), { secret: 'secret' })],
    ['one that only was wrapped', FlagError.from(new Error('postgres://u:secret@h'), 'UNAVAILABLE')],
    ['a text', 'secret'],
    ['nothing', undefined],
  ])('%s shows nothing of itself', async (_, thrown) => {
    const response = await ask(storeHandler(sourceOf(() => Promise.reject(thrown))));
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(text).not.toMatch(/secret|stack|\bat /);
    expect(JSON.parse(text)).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('a source that throws before it promises', async () => {
    const source = { name: 'test', read: (): never => expect.fail('no promise') };
    expect((await ask(storeHandler(source))).status).toBe(503);
  });

  it('a document that is no JSON', async () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const response = await ask(storeHandler(sourceOf(async () => setOf({ flags: circle }))));
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ code: 'PARSE_ERROR' });
  });
});

describe('POST', () => {
  const commits = async (body: BodyInit | null, options: StoreHandlerOptions = {}, type?: string) => {
    const memory = memoryStore({ flags: {} });
    const response = await send(storeHandler(memory, options), body, type);
    return { response, said: (await response.json()) as unknown, set: await memory.read() };
  };

  it('commits, and answers the revision', async () => {
    const seen: unknown[] = [];
    const memory = memoryStore({ flags: {} });
    const commit: FlagStore['commit'] = async (edits, by) => {
      seen.push([edits, by]);
      return memory.commit(edits, by);
    };
    const handler = storeHandler({ ...memory, commit });
    const body = { edits: [{ key: 'a', next: { default: 1 }, was: null }], by: 'ann' };
    const response = await send(handler, JSON.stringify(body), 'application/json; charset=utf-8');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ revision: (await memory.read()).revision });
    expect(seen).toEqual([[[{ kind: 'flag', ...body.edits[0] }], 'ann']]);
    // what is read after a commit has it
    expect(await (await ask(handler)).json()).toEqual({ flags: { a: { default: 1 } } });
  });

  it('keeps the store it is a method of', async () => {
    class Store implements FlagStore {
      readonly name = 'class';
      revision = 0;
      async read() {
        return setOf({}, `${this.revision}`);
      }
      async commit() {
        return `${++this.revision}`;
      }
      subscribe(observer: Observer) {
        return () => observer.failed(this.revision);
      }
    }
    const handler = storeHandler(new Store());
    expect(await (await send(handler, '{"edits":[]}')).json()).toEqual({ revision: '1' });
    expect((await ask(handler)).headers.get('etag')).toBe('"1"');
    const stream = await ask(handler, { accept: 'text/event-stream' });
    expect(stream.status).toBe(200);
    await stream.body!.cancel();
  });

  it.each<[string, BodyInit | null]>([
    ['nothing', null],
    ['no JSON', 'edits'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no edits', '{}'],
    ['edits that are none', '{"edits":{}}'],
    ['an edit that is none', '{"edits":[null]}'],
    ['an edit of nothing', '{"edits":[{"key":"a"}]}'],
    ['an edit of no kind there is', '{"edits":[{"key":"a","kind":"toString","next":1}]}'],
    ['two of one', '{"edits":[{"key":"a","next":1},{"key":"a","next":2}]}'],
    ['by a number', '{"edits":[],"by":7}'],
    ['what is too deep', `{"edits":[{"key":"a","next":${'['.repeat(101)}${']'.repeat(101)}}]}`],
    ['what is far too deep', `{"edits":${'['.repeat(4_000_000)}`],
  ])('of %s is 400', async (_, body) => {
    const { response, said, set } = await commits(body);
    expect(response.status).toBe(400);
    expect(said).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(set.revision).toMatch(/\.0$/);
  });

  it('of a hundred levels passes', async () => {
    const body = `{"edits":[{"key":"a","next":${'['.repeat(100)}${']'.repeat(100)}}]}`;
    expect((await commits(body)).response.status).toBe(200);
  });

  it('of what is no UTF-8 is 422', async () => {
    const { response, said } = await commits(Uint8Array.of(0x7b, 0xff, 0x7d));
    expect(response.status).toBe(422);
    expect(said).toMatchObject({ code: 'PARSE_ERROR' });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'as %j is 415',
    async (type) => {
      const { response, set } = await commits('{"edits":[{"key":"a","next":1}]}', {}, type);
      expect(response.status).toBe(415);
      expect(set.revision).toMatch(/\.0$/);
    },
  );

  it('that is packed is 415, whatever it holds', async () => {
    const packed = (encoding: string) => {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      return ask(storeHandler(memoryStore()), headers, { method: 'POST', body: '{"edits":[]}' });
    };
    for (const encoding of ['gzip', 'identity, br', 'x']) expect((await packed(encoding)).status).toBe(415);
    expect((await packed('Identity')).status).toBe(200);
  });

  it('has bounds: bytes, said or not, and edits', async () => {
    const body = JSON.stringify({
      edits: [1, 2, 3].map((n) => ({ key: `k${n}`, next: { default: 'ü'.repeat(100) } })),
    });
    const bytes = new TextEncoder().encode(body);
    const parts = (): ReadableStream => new Blob([body.slice(0, 50), body.slice(50)]).stream();
    for (const [given, options, status] of [
      [body, { maxBytes: bytes.length }, 200],
      [body, { maxBytes: bytes.length - 1 }, 413],
      [body, { maxEdits: 3 }, 200],
      [body, { maxEdits: 2 }, 413],
    ] as const) {
      expect((await commits(given, options)).response.status).toBe(status);
    }
    const streamed = (options: StoreHandlerOptions) => {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: parts(), duplex: 'half' } as RequestInit;
      return storeHandler(memoryStore(), options)(new Request(URL, init));
    };
    expect((await streamed({ maxBytes: bytes.length })).status).toBe(200);
    expect((await streamed({ maxBytes: bytes.length - 1 })).status).toBe(413);
    const lying = new Request(URL, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '99999' },
      body,
    });
    expect((await storeHandler(memoryStore(), { maxBytes: 9_999 })(lying)).status).toBe(413);
  });

  it('to what cannot be written is 405', async () => {
    const response = await send(storeHandler(overlay(memoryStore())), '{"edits":[]}');
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await response.json()).toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('that ends nobody knows how is UNKNOWN, and shows nothing of why', async () => {
    const commit = async (): Promise<never> => {
      throw new Error('secret');
    };
    const response = await send(storeHandler({ ...memoryStore(), commit }), '{"edits":[]}');
    expect(response.status).toBe(502);
    const text = await response.text();
    expect(text).not.toContain('secret');
    expect(JSON.parse(text)).toMatchObject({ code: 'UNKNOWN' });
  });
});

describe('requests that may not pass', () => {
  const METHODS = ['GET', 'HEAD', 'POST', 'DELETE'];
  const asked = async (authorize: unknown, method: string): Promise<Response> => {
    let touched = false;
    const touch = async (): Promise<never> => {
      touched = true;
      throw new Error('touched');
    };
    const store = { name: 'test', read: touch, commit: touch, subscribe: touch };
    const handler = storeHandler(store, { authorize } as StoreHandlerOptions);
    const headers = { accept: 'text/event-stream', 'content-type': 'application/json' };
    const response = await handler(
      new Request(URL, { method, headers, body: method === 'POST' ? '{"edits":[]}' : null }),
    );
    expect(touched).toBe(false);
    return response;
  };

  it.each(METHODS)('are 401, %s', async (method) => {
    for (const authorize of [() => false, async () => false, () => undefined, () => 1]) {
      const response = await asked(authorize, method);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await response.json()).toMatchObject({ code: 'UNAUTHORIZED' });
    }
  });

  it.each(METHODS)('get the answer they are given, %s', async (method) => {
    const response = await asked(() => new Response('no', { status: 403 }), method);
    expect([response.status, await response.text()]).toEqual([403, 'no']);
  });

  it.each(METHODS)('do not pass where it cannot be told, %s', async (method) => {
    const failing = (error: unknown) => () => Promise.reject(error);
    expect((await asked(failing(new Error('secret')), method)).status).toBe(503);
    expect((await asked(failing(new FlagError('UNAUTHORIZED', 'no')), method)).status).toBe(401);
  });

  it('pass when they are let', async () => {
    const handler = storeHandler(memoryStore(), { authorize: async ({ headers }) => headers.get('x-key') === 'k' });
    expect((await ask(handler, { 'x-key': 'k' })).status).toBe(200);
    expect((await ask(handler, { 'x-key': 'K' })).status).toBe(401);
  });
});

it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'FOO'])('%s is 405', async (method) => {
  const response = await ask(storeHandler(memoryStore()), {}, { method });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, HEAD, POST');
});

it.each<[string, unknown, StoreHandlerOptions]>([
  ['no source', {}, {}],
  ['nothing', undefined, {}],
  ['heartbeat 0', memoryStore(), { heartbeat: 0 }],
  ['a heartbeat too long to notice a silence', memoryStore(), { heartbeat: 600_000 }],
  ['maxBytes 0', memoryStore(), { maxBytes: 0 }],
  ['maxEdits 0', memoryStore(), { maxEdits: 0 }],
  ['readTimeout 0', memoryStore(), { readTimeout: 0 }],
])('%s is refused at once', (_, store, options) => {
  expect(() => storeHandler(store as FlagSource, options)).toThrow(FlagError);
});

describe('an event stream', () => {
  /** A source that the test hints for. */
  function hinting(options: StoreHandlerOptions = {}) {
    const observers = new Set<Observer>();
    const state = { n: 1, reads: 0, fails: false, arming: Promise.resolve() as Promise<void> };
    const source: FlagSource = {
      name: 'test',
      async read() {
        state.reads++;
        if (state.fails) throw new Error('away');
        return setOf({}, `r${state.n}`);
      },
      async subscribe(observer) {
        await state.arming;
        observers.add(observer);
        return () => void observers.delete(observer);
      },
    };
    const hint = (): void => {
      state.n++;
      for (const observer of observers) observer.changed();
    };
    return { handler: storeHandler(source, { heartbeat: 60_000, ...options }), observers, state, hint };
  }

  const accept = { accept: 'text/event-stream' };

  function reader(response: Response) {
    const parts = response.body!.getReader();
    return {
      next: async () => {
        const { done, value } = await parts.read();
        return done ? undefined : new TextDecoder().decode(value);
      },
      cancel: () => parts.cancel(),
    };
  }

  it('answers once it is armed, and says so first', async () => {
    const { handler, state, observers } = hinting();
    let arm!: () => void;
    state.arming = new Promise((resolve) => {
      arm = resolve;
    });
    let answered = false;
    const asking = ask(handler, accept).then((response) => {
      answered = true;
      return response;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(answered).toBe(false);
    arm();
    const response = await asking;
    expect(observers.size).toBe(1);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toContain('no-transform');
    const stream = reader(response);
    expect(await stream.next()).toBe('event: armed\ndata: {"heartbeat":60000}\n\n');
    await stream.cancel();
    expect(observers.size).toBe(0);
  });

  it('tells each change with the revision, escaped', async () => {
    const memory = memoryStore({ flags: {} });
    const odd: FlagSource = {
      ...memory,
      read: async () => ({ ...(await memory.read()), revision: 'a\nb ü' }),
    };
    const stream = reader(await ask(storeHandler(odd), accept));
    await stream.next();
    await memory.commit([{ key: 'a', next: 1 }]);
    expect(await stream.next()).toBe('event: changed\ndata: ~a%000ab%0020%00fc\n\n');
    await stream.cancel();
  });

  it('tells of a change though it cannot be read', async () => {
    const { handler, state, hint } = hinting();
    const stream = reader(await ask(handler, accept));
    await stream.next();
    state.fails = true;
    hint();
    expect(await stream.next()).toBe('event: changed\ndata: \n\n');
    await stream.cancel();
  });

  it('makes one of many hints while nobody listens, and keeps the newest', async () => {
    const { handler, state, hint } = hinting();
    const stream = reader(await ask(handler, accept));
    for (let i = 0; i < 10_000; i++) hint();
    await until('all was said that can be', () => state.reads <= 1);
    expect(await stream.next()).toContain('armed');
    const last = await stream.next();
    expect(last).toBe('event: changed\ndata: r10001\n\n');
    hint();
    expect(await stream.next()).toBe('event: changed\ndata: r10002\n\n');
    expect(state.reads).toBe(2);
    await stream.cancel();
  });

  it('has a heartbeat, of which a client that is away finds few', async () => {
    const { handler } = hinting({ heartbeat: 10 });
    const stream = reader(await ask(handler, accept));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await stream.next()).toContain('armed');
    const started = performance.now();
    for (let i = 0; i < 6; i++) expect(await stream.next()).toBe(': heartbeat\n\n');
    // had they piled up, they would all be there at once
    expect(performance.now() - started).toBeGreaterThan(30);
    await stream.cancel();
  });

  it('ends when the subscription does', async () => {
    const { handler, observers } = hinting();
    const stream = reader(await ask(handler, accept));
    await stream.next();
    for (const observer of observers) observer.failed(new Error('gone'));
    expect(await stream.next()).toBeUndefined();
    expect(observers.size).toBe(0);
  });

  it('ends when the request is aborted, before it is armed too', async () => {
    const { handler, observers, state } = hinting();
    const leaving = new AbortController();
    const response = await ask(handler, accept, { signal: leaving.signal });
    expect(observers.size).toBe(1);
    leaving.abort();
    await until('it has left', () => observers.size === 0);
    await response.body!.cancel();
    let arm!: () => void;
    state.arming = new Promise((resolve) => {
      arm = resolve;
    });
    const early = new AbortController();
    const asking = ask(handler, accept, { signal: early.signal });
    early.abort();
    arm();
    await asking;
    await until('it has left', () => observers.size === 0);
  });

  it.each<[FlagErrorCode | undefined, number]>([
    ['UNSUPPORTED', 406],
    ['UNAVAILABLE', 503],
    ['NOT_READY', 503],
    [undefined, 503],
  ])('that fails to be armed with %s is %i', async (code, status) => {
    const source: FlagSource = {
      name: 'test',
      read: async () => setOf({}),
      subscribe: () => Promise.reject(code === undefined ? new Error('secret') : new FlagError(code, 'no')),
    };
    const response = await ask(storeHandler(source), accept);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain('secret');
  });

  it('is 406 where there are no hints', async () => {
    const handler = storeHandler(sourceOf(async () => setOf({})));
    expect((await ask(handler, accept)).status).toBe(406);
    // and a document for whoever takes both
    expect((await ask(handler, { accept: 'application/json, text/event-stream' })).status).toBe(200);
    for (const type of ['text/event-stream-not', 'text/event-stream;q=0', 'text/event-stream ; a=b; Q=0.000, */*']) {
      expect((await ask(handler, { accept: type })).status, type).toBe(200);
    }
    for (const type of ['text/event-stream;q=0.1', 'Text/Event-Stream, */*', ' text/event-stream ; x=0']) {
      expect((await ask(handler, { accept: type })).status, type).toBe(406);
    }
  });

  it('ends when the handler is closed, which waits for its subscription and takes no new one', async () => {
    const { handler, observers, state } = hinting();
    const streams = await Promise.all([ask(handler, accept), ask(handler, accept)]);
    const readers = streams.map(reader);
    for (const one of readers) await one.next();
    expect(observers.size).toBe(2);
    await handler.close();
    expect(observers.size).toBe(0);
    for (const one of readers) expect(await one.next()).toBeUndefined();
    const refused = await ask(handler, accept);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'NOT_READY' });
    expect(state.reads).toBe(0);
    expect((await ask(handler)).status).toBe(200);
    await handler.close();
  });

  it('that is being armed ends when the handler is closed', async () => {
    const { handler, observers, state } = hinting();
    let arm!: () => void;
    state.arming = new Promise((resolve) => {
      arm = resolve;
    });
    const asking = ask(handler, accept);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await handler.close();
    arm();
    expect(await reader(await asking).next()).toBeUndefined();
    expect(observers.size).toBe(0);
  });
});
