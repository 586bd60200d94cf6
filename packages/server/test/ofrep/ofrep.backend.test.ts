import { until } from '@flagwright/test-servers';
import type { JsonValue } from '@openfeature/core';
import { handleEvaluationError, OFREPApi, toResolutionDetails } from '@openfeature/ofrep-core';
import { OFREPWebProvider, type OFREPWebProviderOptions } from '@openfeature/ofrep-web-provider';
import { type Client, OpenFeature, type Provider, ProviderEvents } from '@openfeature/web-sdk';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import type { Database, SetName } from '../../src/database/database.ts';
import { streamShares } from '../../src/sets/stream-shares.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { FetchEventSource } from './event-source.ts';
import { type Served, type ServeOptions, serve } from './serve.ts';

const FLAGS: Readonly<Record<string, unknown>> = {
  bool: { type: 'boolean', default: true },
  text: { type: 'string', default: 'héllo "quoted" \u2028' },
  int: { type: 'integer', default: 42 },
  float: { type: 'number', default: 0.5 },
  object: { type: 'json', default: { list: [1, 'two', null], deep: { yes: true } } },
  ruled: {
    defaultVariant: 'a',
    variants: { a: 'A', b: 'B' },
    rules: [{ id: 'germans', clauses: [{ attribute: 'country', operator: 'in', values: ['DE'] }], variation: 'b' }],
    metadata: { owner: 'team', level: 3 },
  },
  code: { type: 'boolean', variants: { on: true, off: false } },
  off: { type: 'boolean', variants: { on: true, off: false }, enabled: false },
  when: {
    type: 'boolean',
    default: false,
    rules: [{ clauses: [{ attribute: 'at', operator: 'eq', values: ['2026-01-01T00:00:00Z'] }], variation: 'on' }],
  },
  needy: { type: 'boolean', default: true, prerequisites: [{ key: 'off', variation: 'on' }] },
  'key with / and %': { type: 'boolean', default: true },
  constructor: { type: 'boolean', default: true },
  broken: { rules: 'none' },
};

const BASE: Omit<Principal, 'projects' | 'stages'> = { subject: 'app', token: 't', role: 'sdk' };

let count = 0;
let set: SetName;
let tokens: ServeOptions['tokens'];
const open: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  set = { project: `shop-${++count}`, stage: 'production' };
  tokens = {
    one: { ...BASE, projects: [set.project], stages: [set.stage] },
    all: { ...BASE, projects: undefined, stages: undefined },
    other: { ...BASE, projects: ['other'], stages: ['production'] },
  };
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  vi.unstubAllGlobals();
});

const publish = (database: Database, edits: Readonly<Record<string, unknown>>): Promise<string> =>
  database.write((transaction) =>
    transaction.publish(
      set,
      Object.entries(edits).map(([key, next]) => ({ key, next })),
      'somebody',
    ),
  );

async function start(database: Database, options: Partial<ServeOptions> = {}): Promise<Served> {
  await publish(database, FLAGS);
  const served = await serve(database, { tokens, ...options });
  open.push(() => served.close());
  return served;
}

const bearing = (token: string): { headers: [string, string][] } => ({
  headers: [['authorization', `Bearer ${token}`]],
});

const post = (url: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { authorization: 'Bearer one', 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body ?? {}),
  });

async function said(response: Response): Promise<unknown> {
  return { status: response.status, ...((await response.json()) as object) };
}

/** It is one, but by its types some of its properties may be there and undefined. */
const asProvider = (provider: OFREPWebProvider): Provider => provider as Provider;

/** A client of the SDK for browsers, with the published provider, and what its provider tells. */
async function webClient(
  options: Partial<OFREPWebProviderOptions> & { readonly baseUrl: string },
): Promise<{ readonly client: Client; readonly changes: (readonly string[])[]; readonly provider: OFREPWebProvider }> {
  const provider = new OFREPWebProvider({ ...bearing('one'), cacheMode: 'disabled', ...options });
  const domain = `web-${count}-${open.length}`;
  const client = OpenFeature.getClient(domain);
  const changes: (readonly string[])[] = [];
  client.addHandler(ProviderEvents.ConfigurationChanged, (details) => {
    changes.push((details?.flagsChanged ?? []).map(String));
  });
  await OpenFeature.setProviderAndWait(domain, asProvider(provider), { targetingKey: 'user-1', country: 'FR' });
  open.push(async () => provider.onClose?.());
  return { client, changes, provider };
}

describe.each(ENGINES)('OFREP over $name', (engine) => {
  let opened: OpenedDatabase;
  let database: Database;
  beforeAll(async () => {
    opened = await engine.open();
    database = opened.database;
  });
  afterAll(() => opened.end());

  describe.each([
    ['through the router', false],
    ['past the router', true],
  ])('one flag, %s', (_name, direct) => {
    let url: string;
    beforeEach(async () => {
      ({ url } = await start(database, { direct }));
    });
    const evaluate = async <T extends JsonValue>(key: string, fallback: T, context = {}, token = 'one') => {
      const api = new OFREPApi({ baseUrl: url, ...bearing(token) });
      const result = await api.postEvaluateFlag(key, { context });
      return result.httpStatus === 200
        ? toResolutionDetails(result.value, fallback)
        : handleEvaluationError(result.value, fallback);
    };

    it('values of all types arrive as they are', async () => {
      expect(await evaluate('bool', false)).toMatchObject({ value: true, reason: 'STATIC' });
      expect(await evaluate('text', '')).toMatchObject({ value: 'héllo "quoted" \u2028' });
      expect(await evaluate('int', 0)).toMatchObject({ value: 42 });
      expect(await evaluate('float', 0)).toMatchObject({ value: 0.5 });
      expect(await evaluate('object', {})).toMatchObject({ value: { list: [1, 'two', null], deep: { yes: true } } });
      expect(await evaluate('key with / and %', false)).toMatchObject({ value: true });
      expect(await evaluate('constructor', false)).toMatchObject({ value: true });
    });

    it('variant, reason and metadata say how it was decided', async () => {
      expect(await evaluate('ruled', '', { country: 'DE' })).toEqual({
        value: 'B',
        variant: 'b',
        reason: 'TARGETING_MATCH',
        flagMetadata: expect.objectContaining({ owner: 'team', level: 3, ruleId: 'germans' }),
      });
      expect(await evaluate('ruled', '', { country: 'FR' })).toMatchObject({ value: 'A', reason: 'DEFAULT' });
      // a date is a text on the way, and stays one
      expect(await evaluate('when', false, { at: '2026-01-01T00:00:00Z' })).toMatchObject({ value: true });
      expect(await evaluate('needy', false)).toMatchObject({
        reason: 'DEFAULT',
        flagMetadata: { engineReason: 'PREREQUISITE_FAILED', prerequisiteKey: 'off' },
      });
    });

    it('without a value the default of the code applies', async () => {
      expect(await evaluate('code', true)).toMatchObject({ value: true });
      expect(await evaluate('code', false)).toMatchObject({ value: false });
      expect(await evaluate('off', false)).toMatchObject({ value: false, reason: 'DISABLED' });
      expect(await said(await post(`${url}/ofrep/v1/evaluate/flags/off`))).toEqual({
        status: 200,
        key: 'off',
        reason: 'DISABLED',
        metadata: {},
      });
    });

    it('a flag that is not there, or cannot be used, is told in the protocol’s words', async () => {
      expect(await evaluate('nothing', true)).toMatchObject({ value: true, errorCode: 'FLAG_NOT_FOUND' });
      expect(await evaluate('broken', true)).toMatchObject({ value: true, errorCode: 'PARSE_ERROR' });
      expect(await evaluate('__proto__', true)).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' });
      expect((await post(`${url}/ofrep/v1/evaluate/flags/nothing`)).status).toBe(404);
      expect((await post(`${url}/ofrep/v1/evaluate/flags/broken`)).status).toBe(400);
    });

    it.each([
      ['nothing', '', 200, undefined],
      ['an empty one', '{}', 200, undefined],
      ['a context of null', '{"context":null}', 200, undefined],
      ['no key', '{"context":{"targetingKey":null}}', 200, undefined],
      ['half a text', '{"context":', 400, 'PARSE_ERROR'],
      ['a list', '[]', 400, 'PARSE_ERROR'],
      ['a list of attributes', '{"context":[]}', 400, 'INVALID_CONTEXT'],
      ['a key that is a number', '{"context":{"targetingKey":1}}', 400, 'INVALID_CONTEXT'],
      ['100 levels', `{"context":{"a":${'['.repeat(98)}1${']'.repeat(98)}}}`, 200, undefined],
      ['101 levels', `{"context":{"a":${'['.repeat(99)}1${']'.repeat(99)}}}`, 400, 'INVALID_CONTEXT'],
      ['almost 1 MiB', `{"context":{"a":"${'x'.repeat(2 ** 20 - 100)}"}}`, 200, undefined],
      ['more than 1 MiB', `{"context":{"a":"${'x'.repeat(2 ** 20)}"}}`, 413, 'INVALID_CONTEXT'],
    ])('the body is %s', async (_what, body, status, errorCode) => {
      const answer = await said(await post(`${url}/ofrep/v1/evaluate/flags/bool`, body));
      expect(answer).toMatchObject({ status, key: 'bool', ...(errorCode === undefined ? {} : { errorCode }) });
      expect(await said(await post(`${url}/ofrep/v1/evaluate/flags/bool`))).toMatchObject({ status: 200 });
    });

    it('bytes that are no UTF-8, and a body without its length', async () => {
      const one = `${url}/ofrep/v1/evaluate/flags/bool`;
      const headers = { authorization: 'Bearer one' };
      const bad = await fetch(one, { method: 'POST', headers, body: Uint8Array.of(0x22, 0xff, 0x22) });
      expect(await said(bad)).toMatchObject({ status: 400, errorCode: 'PARSE_ERROR' });
      const pieces = new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(new Uint8Array(65_536).fill(0x20));
        },
      });
      const endless = fetch(one, { method: 'POST', headers, body: pieces, duplex: 'half' } as RequestInit);
      // the server may close before it has read all that is sent
      expect(
        await endless.then(
          ({ status }) => status,
          () => 413,
        ),
      ).toBe(413);
    });

    it('the path names the set, or else the token', async () => {
      const below = `${url}/sets/${set.project}/${set.stage}`;
      expect(
        await said(await post(`${below}/ofrep/v1/evaluate/flags/bool`, {}, { authorization: 'Bearer all' })),
      ).toMatchObject({ status: 200, value: true });
      expect(
        await said(await post(`${url}/ofrep/v1/evaluate/flags/bool`, {}, { authorization: 'Bearer all' })),
      ).toEqual({
        status: 400,
        key: 'bool',
        errorCode: 'GENERAL',
        errorDetails: expect.stringContaining('/sets/{project}/{stage}'),
      });
      const nowhere = `${url}/sets/${set.project}/nowhere/ofrep/v1/evaluate/flags/bool`;
      expect(await said(await post(nowhere, {}, { authorization: 'Bearer all' }))).toMatchObject({
        status: 404,
        key: 'bool',
        errorCode: 'GENERAL',
      });
    });

    it('who may not ask is told so by the status that clients look at', async () => {
      await expect(evaluate('bool', false, {}, 'wrong')).rejects.toMatchObject({ name: 'OFREPApiUnauthorizedError' });
      await expect(evaluate('bool', false, {}, 'impatient')).rejects.toMatchObject({ retryAfterSeconds: 7 });
      const api = new OFREPApi({ baseUrl: `${url}/sets/${set.project}/${set.stage}`, ...bearing('other') });
      await expect(api.postEvaluateFlag('bool', {})).rejects.toMatchObject({ name: 'OFREPForbiddenError' });
    });
  });

  describe.each([
    ['through the router', false],
    ['past the router', true],
  ])('all flags, %s', (_name, direct) => {
    it('are told at once, those that fail among them', async () => {
      const { url } = await start(database, { direct });
      const answer = await post(`${url}/ofrep/v1/evaluate/flags`, { context: { country: 'DE' } });
      expect(answer.status).toBe(200);
      const body = (await answer.json()) as { flags: { key: string }[]; eventStreams: unknown };
      expect(body.flags.map(({ key }) => key).sort()).toEqual(Object.keys(FLAGS).sort());
      const byKey = new Map(body.flags.map((flag) => [flag.key, flag]));
      expect(byKey.get('ruled')).toMatchObject({ value: 'B', variant: 'b', reason: 'TARGETING_MATCH' });
      expect(byKey.get('code')).not.toHaveProperty('value');
      expect(byKey.get('broken')).toMatchObject({ errorCode: 'PARSE_ERROR' });
      expect(body.eventStreams).toEqual([
        {
          type: 'sse',
          endpoint: { requestUri: expect.stringMatching(/^\/ofrep\/v1\/events\?channel=[\w.%-]+$/) },
          inactivityDelaySec: 120,
        },
      ]);
      expect(await said(await post(`${url}/ofrep/v1/evaluate/flags`, '{'))).toMatchObject({
        status: 400,
        errorCode: 'PARSE_ERROR',
      });
    });

    it('are told once: the entity tag is that of revision and context', async () => {
      const { url, sets } = await start(database, { direct });
      const all = `${url}/ofrep/v1/evaluate/flags`;
      const ask = (context: object, tag?: string | null): Promise<Response> =>
        post(all, { context }, tag === undefined || tag === null ? {} : { 'if-none-match': tag });
      const first = await ask({ a: 1, b: { c: [1, 2], d: 'x' } });
      const tag = first.headers.get('etag');
      expect(tag).toMatch(/^"[\w-]{27}"$/);
      const same = await ask({ b: { d: 'x', c: [1, 2] }, a: 1 }, tag);
      expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', tag]);
      expect((await ask({ b: { d: 'x', c: [1, 2] }, a: 1 }, `"x", W/${tag}`)).status).toBe(304);
      for (const context of [{ a: 1, b: { c: [2, 1], d: 'x' } }, { a: '1', b: { c: [1, 2], d: 'x' } }, {}]) {
        expect((await ask(context, tag)).status).toBe(200);
      }
      await publish(database, { bool: { type: 'boolean', default: false } });
      sets.changed(set);
      expect((await ask({ a: 1, b: { c: [1, 2], d: 'x' } }, tag)).status).toBe(200);
      expect((await post(`${all}?flagConfigEtag=x&flagConfigLastModified=1771622898&more=1`)).status).toBe(200);
    });

    it('a server that has not heard of a change yet reads it, if the client has heard', async () => {
      const { url } = await start(database, { direct });
      for (let i = 0; i < 10; i++) {
        await post(`${url}/ofrep/v1/evaluate/flags`);
        const revision = await publish(database, { int: { type: 'integer', default: i } });
        const answer = await post(`${url}/ofrep/v1/evaluate/flags?flagConfigEtag=${revision}`);
        const { flags } = (await answer.json()) as { flags: { key: string; value: unknown }[] };
        expect(flags.find(({ key }) => key === 'int')?.value).toBe(i);
      }
    });
  });

  describe('the provider for browsers', () => {
    beforeEach(() => vi.stubGlobal('EventSource', FetchEventSource));

    it('has the values of all types, and defaults of the code', async () => {
      const { url } = await start(database);
      const { client } = await webClient({ baseUrl: url });
      expect(client.getBooleanValue('bool', false)).toBe(true);
      expect(client.getStringValue('text', '')).toBe('héllo "quoted" \u2028');
      expect(client.getNumberValue('int', 0)).toBe(42);
      expect(client.getNumberValue('float', 0)).toBe(0.5);
      expect(client.getObjectValue('object', {})).toEqual({ list: [1, 'two', null], deep: { yes: true } });
      expect(client.getStringDetails('ruled', '')).toMatchObject({ value: 'A', variant: 'a', reason: 'DEFAULT' });
      expect(client.getBooleanValue('code', true)).toBe(true);
      expect(client.getBooleanDetails('off', false)).toMatchObject({ value: false, reason: 'DISABLED' });
      expect(client.getBooleanDetails('nothing', true)).toMatchObject({ value: true, errorCode: 'FLAG_NOT_FOUND' });
      expect(client.getBooleanDetails('broken', true)).toMatchObject({ value: true, errorCode: 'PARSE_ERROR' });
      expect(client.getBooleanDetails('text', true)).toMatchObject({ value: true, errorCode: 'TYPE_MISMATCH' });
    });

    it('sees changes as they are made', async () => {
      const { url, ofrep } = await start(database, { heartbeat: 50 });
      const { client, changes } = await webClient({ baseUrl: url });
      await until('it listens', () => ofrep.streams === 1);
      for (const value of [1, 2, 3]) {
        await publish(database, { int: { type: 'integer', default: value } });
        await until('the client has the change', () => client.getNumberValue('int', 0) === value);
      }
      expect(new Set(changes.flat())).toEqual(new Set(['int']));
      await publish(database, { int: null, fresh: { type: 'boolean', default: true } });
      await until('the client has the new flag', () => client.getBooleanValue('fresh', false));
      expect(client.getNumberDetails('int', 7)).toMatchObject({ value: 7, errorCode: 'FLAG_NOT_FOUND' });
    });

    it('misses no change while its stream is broken', async () => {
      const { url, ofrep, cut } = await start(database);
      const { client } = await webClient({ baseUrl: url });
      await until('it listens', () => ofrep.streams === 1);
      cut();
      await until('the server knows', () => ofrep.streams === 0);
      await publish(database, { int: { type: 'integer', default: 1 } });
      await until('the client has the change', () => client.getNumberValue('int', 0) === 1);
    });

    it('misses no change between its flags and its stream', async () => {
      const { url, log } = await start(database);
      const slow = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
        const answer = await fetch(input, init);
        // after the flags were evaluated, before the client knows where to listen
        if (!log.some((line) => line.includes('/events'))) {
          await publish(database, { int: { type: 'integer', default: 1 } });
        }
        return answer;
      };
      const { client } = await webClient({ baseUrl: url, fetchImplementation: slow });
      await until('the client has the change', () => client.getNumberValue('int', 0) === 1);
    });

    it('asks anew when the address of its stream has expired, and not for what it has', async () => {
      let now = Date.UTC(2026, 0, 1);
      const { url, ofrep, log, cut } = await start(database, { clock: () => now });
      const { client } = await webClient({ baseUrl: url });
      await until('it listens', () => ofrep.streams === 1);
      now += 30 * 3_600_000;
      cut();
      await until('it was turned away', () => log.some((line) => /events 403/.test(line)));
      await until('it listens again', () => ofrep.streams === 1);
      await publish(database, { int: { type: 'integer', default: 1 } });
      await until('the client has the change', () => client.getNumberValue('int', 0) === 1);
    });

    it('keeps its flags over a restart of the page, with the tag of what it has', async () => {
      const kept = new Map<string, string>();
      vi.stubGlobal('localStorage', {
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, value: string) => kept.set(key, value),
        removeItem: (key: string) => kept.delete(key),
      });
      const { url, ofrep, log } = await start(database);
      const options = { baseUrl: url, cacheMode: 'local-cache-first', cacheKeyGenerator: () => 'page' } as const;
      const first = await webClient(options);
      await until('it listens', () => ofrep.streams === 1);
      await first.provider.onClose?.();
      const { client } = await webClient(options);
      expect(client.getNumberDetails('int', 0)).toMatchObject({ value: 42, reason: 'CACHED' });
      await until('the server said that nothing has changed', () => log.some((line) => line.endsWith('flags 304')));
      await until('it listens', () => ofrep.streams === 1);
      await publish(database, { int: { type: 'integer', default: 1 } });
      await until('the client has the change', () => client.getNumberValue('int', 0) === 1);
    });

    it('is fatal with a token that is none', async () => {
      const { url } = await start(database);
      const provider = new OFREPWebProvider({ baseUrl: url, ...bearing('wrong'), cacheMode: 'disabled' });
      await expect(OpenFeature.setProviderAndWait(`fatal-${count}`, asProvider(provider))).rejects.toMatchObject({
        code: 'PROVIDER_FATAL',
      });
    });
  });

  it('an address that was not signed hears nothing, and there are only so many streams', async () => {
    const { url, ofrep } = await start(database, {
      shares: streamShares({ all: 1 }),
      publicUrl: 'https://flags.example/below/',
    });
    const answer = await post(`${url}/ofrep/v1/evaluate/flags`);
    const { eventStreams } = (await answer.json()) as { eventStreams: readonly [{ readonly url: string }] };
    expect(eventStreams[0].url).toMatch(/^https:\/\/flags\.example\/below\/ofrep\/v1\/events\?channel=/);
    const address = eventStreams[0].url.replace('https://flags.example/below', url);
    expect((await fetch(`${address}x`)).status).toBe(403);
    expect((await fetch(`${url}/ofrep/v1/events`)).status).toBe(403);
    expect((await fetch(address, { method: 'DELETE' })).status).toBe(405);
    const aborter = new AbortController();
    const stream = await fetch(address, { signal: aborter.signal });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const second = await fetch(address);
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '30']);
    aborter.abort();
    await until('the place is free', () => ofrep.streams === 0);
    const third = await fetch(address);
    expect(third.status).toBe(200);
    ofrep.close();
    await third.text();
    expect((await fetch(address)).status).toBe(503);
  });

  it('what else is at these paths is nothing, and told in the protocol’s words', async () => {
    const { url } = await start(database);
    expect(await said(await post(`${url}/ofrep/v1/else`))).toMatchObject({ status: 404, errorCode: 'GENERAL' });
    const get = await fetch(`${url}/ofrep/v1/evaluate/flags/bool`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    const document = await fetch(`${url}/sets/${set.project}/${set.stage}`, {
      headers: { authorization: 'Bearer all' },
    });
    expect(await said(document)).toMatchObject({ status: 200, flags: { int: { default: 42 } } });
    const none = await fetch(`${url}/sets/${set.project}/none`, { headers: { authorization: 'Bearer all' } });
    expect(await said(none)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect((await fetch(`${url}/sets/${set.project}/${set.stage}`)).status).toBe(401);
  });
});
