import { describe, expect, it } from 'vitest';
import { toJson } from '../../src/analytics/json.ts';
import { plainCopy } from '../../src/analytics/plain.ts';

const throwing = (): never => {
  throw new Error('no');
};

function cycle(): Record<string, unknown> {
  const one: Record<string, unknown> = { name: 'one' };
  one.self = one;
  one.list = [one, 1];
  return one;
}

describe('toJson', () => {
  it.each([
    ['plain', { a: 1, b: ['x', null, true] }, '{"a":1,"b":["x",null,true]}'],
    ['line ends inside', { a: 'x\ny\r' }, '{"a":"x\\ny\\r"}'],
    ['a lone surrogate', { a: '\ud800' }, '{"a":"\\ud800"}'],
    ['nothing', undefined, 'null'],
    ['a function', throwing, 'null'],
    ['a symbol', Symbol('x'), 'null'],
    ['a BigInt', { a: 12345678901234567890n, b: 1 }, '{"a":"12345678901234567890","b":1}'],
    ['a cycle', cycle(), '{"name":"one","list":[null,1]}'],
    ['a toJSON that throws', { a: { toJSON: throwing }, b: 1 }, '{"b":1}'],
    ['a toJSON that returns itself for ever', { a: { toJSON: () => cycle() }, b: 1 }, undefined],
    ['a getter that throws', Object.defineProperty({ b: 1 }, 'a', { get: throwing, enumerable: true }), '{"b":1}'],
    ['a date that is none, beside a BigInt', { a: new Date(Number.NaN), b: 1n }, '{"b":"1"}'],
    ['a proxy that throws', new Proxy({}, { get: throwing, ownKeys: throwing }), 'null'],
    ['a revoked proxy', { a: revoked(), b: 1 }, '{"b":1}'],
    ['__proto__', JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
    ['__proto__ beside a BigInt', Object.assign(JSON.parse('{"__proto__":{"a":1}}'), { b: 1n }), undefined],
  ])('%s', (_name, value, expected) => {
    const text = toJson(value);
    expect(() => JSON.parse(text)).not.toThrow();
    expect(text).not.toContain('\n');
    if (expected !== undefined) expect(text).toBe(expected);
  });

  it('keeps what is around something deep', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 200_000; i++) deep = [deep];
    const text = toJson({ before: 1, deep, after: 2 });
    expect(JSON.parse(text)).toMatchObject({ before: 1, after: 2 });
    expect(text.length).toBeLessThan(1_000);
  });

  it('writes long strings whole', () => {
    expect(toJson({ a: 'x'.repeat(10_000_000) })).toHaveLength(10_000_008);
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('plainCopy', () => {
  it('copies, freezes deeply, and is not the original', () => {
    const original = { a: { b: [1, { c: 'x' }] }, when: new Date(0), url: new URL('http://a.example/b') };
    const { value, lost } = plainCopy(original);
    expect(value).toEqual({ a: { b: [1, { c: 'x' }] }, when: '1970-01-01T00:00:00.000Z', url: 'http://a.example/b' });
    expect(lost).toBe(0);
    const { a } = value as { a: { b: unknown[] } };
    expect([value, a, a.b, a.b[1]].every(Object.isFrozen)).toBe(true);
    original.a.b.push(2);
    expect(a.b).toHaveLength(2);
  });

  it('says how much it left out', () => {
    expect(plainCopy({ f: throwing, n: Number.NaN, s: Symbol('x'), u: undefined, ok: 1 })).toMatchObject({
      value: { ok: 1 },
      lost: 3,
    });
    expect(plainCopy(cycle())).toMatchObject({ value: { name: 'one', list: [null, 1] }, lost: 2 });
    expect(plainCopy(Buffer.alloc(10)).lost).toBe(1);
    expect(plainCopy(1n << 100_000n)).toMatchObject({ value: undefined, lost: 1 });
  });

  it('is bounded in depth, values and characters', () => {
    expect(plainCopy('x'.repeat(70_000))).toMatchObject({ value: undefined, lost: 1 });
    expect(plainCopy({ a: 'x'.repeat(60_000), b: 'y'.repeat(60_000), c: 'z' })).toMatchObject({
      value: { a: 'x'.repeat(60_000), c: 'z' },
      lost: 1,
    });
    expect(plainCopy(new Array(1e9)).lost).toBe(1);
    expect(plainCopy(new String('x'.repeat(70_000))).lost).toBe(1);
    expect(plainCopy({ ['k'.repeat(70_000)]: 1, b: 2 })).toMatchObject({ value: { b: 2 }, lost: 1 });
    const table = plainCopy(Array.from({ length: 1_000 }, () => [1, 2, 3, 4, 5, 6, 7, 8, 9]));
    expect(table.lost).toBeGreaterThan(400);
    expect((table.value as unknown[]).slice(0, 400)).not.toContain(null);
    // every object in every other: a walk without a bound would never end
    const web: Record<string, unknown>[] = Array.from({ length: 30 }, () => ({}));
    for (const from of web) for (const [i, to] of web.entries()) from[`to${i}`] = to;
    const { value } = plainCopy(web[0]);
    expect(JSON.stringify(value).length).toBeLessThan(1_000_000);
  });

  it('says what it takes of memory, rather too much than too little', () => {
    expect(plainCopy(1).bytes).toBe(64);
    expect(plainCopy({ text: 'four', list: [1, true] }).bytes).toBe(5 * 64 + 2 * 12);
    expect(plainCopy('four').bytes).toBe(64 + 2 * 4);
    expect(plainCopy('x'.repeat(70_000)).bytes).toBe(64);
  });

  it('leaves prototypes alone', () => {
    const { value } = plainCopy(JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1}}'));
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect((value as { polluted?: true }).polluted).toBeUndefined();
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
  });
});
