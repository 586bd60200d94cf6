import { describe, expect, it } from 'vitest';
import { toContext, whyNoKey } from '../../src/launchdarkly/context.ts';
import { plainOf, sendable } from '../../src/launchdarkly/plain.ts';

describe('a context', () => {
  it.each([
    [{ targetingKey: 'ann' }, { kind: 'user', key: 'ann' }],
    [
      { targetingKey: 'ann', key: 'bob', kind: 'device' },
      { kind: 'device', key: 'ann' },
    ],
    [
      { key: 'bob', kind: 7 },
      { kind: 'user', key: 'bob' },
    ],
    [
      { key: 'a', name: 'Ann', anonymous: true, email: 'a@b', n: 1, no: null, nor: undefined },
      { kind: 'user', key: 'a', name: 'Ann', anonymous: true, email: 'a@b', n: 1 },
    ],
    [
      { key: 'a', name: 7, anonymous: 'no' },
      { kind: 'user', key: 'a' },
    ],
    [
      { key: 'a', email: 'x', privateAttributes: ['email', 7], _meta: { privateAttributes: ['phone'] } },
      { kind: 'user', key: 'a', email: 'x', _meta: { privateAttributes: ['email', 'phone'] } },
    ],
    [
      { key: 'a', privateAttributes: 'email' },
      { kind: 'user', key: 'a', _meta: { privateAttributes: ['email'] } },
    ],
    [
      { key: 'a', privateAttributes: 7, _meta: 'x' },
      { kind: 'user', key: 'a' },
    ],
    [
      { kind: 'multi', targetingKey: 'x', user: { targetingKey: 'ann', kind: 'z' }, org: { key: 'acme', tier: 1 } },
      { kind: 'multi', user: { key: 'ann' }, org: { key: 'acme', tier: 1 } },
    ],
    [
      { kind: 'multi', user: { key: 'ann', privateAttributes: ['email'] }, list: [], at: new Date(0) },
      { kind: 'multi', user: { key: 'ann', _meta: { privateAttributes: ['email'] } } },
    ],
    [
      {
        key: 'a',
        privateAttributes: new Set(['email']),
        privateAttributeNames: ['phone'],
        _meta: { privateAttributes: { ip: true } },
      },
      { kind: 'user', key: 'a', _meta: { privateAttributes: ['email', 'phone', 'ip'] } },
    ],
    [
      {
        kind: 'multi',
        user: { key: 'ann' },
        org: { key: 'acme', privateAttributes: ['tier'] },
        privateAttributes: ['email'],
      },
      {
        kind: 'multi',
        user: { key: 'ann', _meta: { privateAttributes: ['email'] } },
        org: { key: 'acme', _meta: { privateAttributes: ['email', 'tier'] } },
      },
    ],
    [
      {
        kind: 'multi',
        user: { key: 'ann' },
        privateAttributes: new Set(['email']),
        _meta: { privateAttributes: 'ip' },
      },
      { kind: 'multi', user: { key: 'ann', _meta: { privateAttributes: ['email', 'ip'] } } },
    ],
    [
      { key: 'a', home: new URL('http://a.test/') },
      { kind: 'user', key: 'a', home: 'http://a.test/' },
    ],
    [
      { key: 'a', f: () => 1, s: Symbol('s'), b: 1n, x: Number.NaN },
      { kind: 'user', key: 'a' },
    ],
    [
      { key: 'a', at: new Date(0), list: [new Date(0), 1n], deep: { at: new Date(0), gone: 1n, never: new Date('x') } },
      {
        kind: 'user',
        key: 'a',
        at: '1970-01-01T00:00:00.000Z',
        list: ['1970-01-01T00:00:00.000Z', null],
        deep: { at: '1970-01-01T00:00:00.000Z' },
      },
    ],
  ])('%o becomes %o', (context, expected) => {
    const before = structuredCloneOf(context);
    expect(toContext(context)).toStrictEqual(expected);
    expect(structuredCloneOf(context)).toStrictEqual(before);
  });

  it.each([
    [{}, 'the context has no targetingKey, and no key'],
    [{ targetingKey: 7 }, 'the context has no targetingKey, and no key'],
    [{ kind: 'multi' }, 'the context of kind multi holds none'],
    [{ kind: 'multi', user: { key: 'ann' }, org: {} }, 'the org of the context has no key'],
    [{ key: 'a', kind: 'no kind' }, 'the kind of the context is not valid'],
    [{ key: 'a', kind: 'kind' }, 'the kind of the context is not valid'],
    [{ kind: 'multi', user: { key: 'ann' }, 'no kind': { key: 'x' } }, 'a kind of the context is not valid'],
  ])('%o has no key', (context, why) => {
    expect(toContext(context)).toBeUndefined();
    expect(whyNoKey(context)).toBe(why);
  });

  it('is not fooled by names of every object', () => {
    const context = JSON.parse('{"key":"a","__proto__":{"admin":true},"constructor":"x","o":{"__proto__":{"at":1}}}');
    const mapped = toContext(context)!;
    expect(Object.getPrototypeOf(mapped)).toBe(Object.prototype);
    expect(mapped).not.toHaveProperty('admin');
    expect(mapped.constructor).toBe('x');
  });

  it('shares what it need not copy', () => {
    const account = { plan: 'pro', tags: ['a'] };
    expect(toContext({ key: 'a', account })).toHaveProperty('account', account);
    expect((toContext({ key: 'a', account }) as unknown as { account: object }).account).toBe(account);
  });

  it('leaves out what has no end, soon', () => {
    const knot: Record<string, unknown> = { name: 'knot' };
    for (let i = 0; i < 10; i++) knot[`self${i}`] = knot;
    expect(toContext({ key: 'a', knot, plan: 'pro' })).toStrictEqual({ kind: 'user', key: 'a', plan: 'pro' });
    expect(plainOf({ list: [knot] })).toBeUndefined();
  });
});

describe('what is handed on', () => {
  it('is not large without an end: what is there twice counts twice', () => {
    let shared: object = { leaf: true };
    for (let i = 0; i < 19; i++) shared = { a: shared, b: shared, c: shared };
    const begun = performance.now();
    expect(plainOf(shared)).toBeUndefined();
    expect(plainOf(Array.from({ length: 10_000 }))).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(500);
    expect(plainOf(Array.from({ length: 9_000 }, () => 1))).toHaveLength(9_000);
  });

  it('is what JSON has of it, and nothing where that throws', () => {
    expect(plainOf([{ toJSON: () => expect.fail('it throws') }, { toJSON: () => 7 }])).toEqual([null, 7]);
    const itself = { toJSON: (): unknown => itself };
    expect(plainOf(itself)).toBeUndefined();
  });

  it('is a copy, if it is tracked, of what can be sent', () => {
    const knot: Record<string, unknown> = {};
    knot.self = knot;
    const item = { name: 'tea' };
    const throwing = Object.defineProperty({ ok: 1 }, 'bad', { enumerable: true, get: () => expect.fail('it throws') });
    const { metric, data } = sendable({ value: 2, item, knot, big: 1n, at: new Date(0), throwing });
    expect(metric).toBe(2);
    expect(data).toStrictEqual({ item: { name: 'tea' }, at: '1970-01-01T00:00:00.000Z' });
    expect(data?.item).not.toBe(item);
    expect(sendable({ value: '12' })).toStrictEqual({ metric: undefined, data: { value: '12' } });
    expect(sendable({ value: Number.NaN })).toStrictEqual({ metric: undefined, data: undefined });
  });
});

/** Something to compare by: what JSON cannot carry is shown by its type. */
function structuredCloneOf(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner));
}
