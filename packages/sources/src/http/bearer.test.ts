import { describe, expect, it } from 'vitest';
import { memoryStore } from '../memory.ts';
import { bearer, storeHandler } from './index.ts';

const asked = (authorization?: string): Request =>
  new Request('http://flags.test/', authorization === undefined ? {} : { headers: { authorization } });

describe('bearer', () => {
  it.each<[string | undefined, boolean]>([
    ['Bearer one', true],
    ['bearer  two', true],
    ['BEARER one', true],
    ['Bearer on', false],
    ['Bearer one1', false],
    ['Bearer One', false],
    ['Bearer one two', false],
    ['Bearer one, Bearer one', false],
    ['Bearer', false],
    ['Bearer ', false],
    ['Bearer undefined', false],
    ['Basic one', false],
    ['one', false],
    ['', false],
    [undefined, false],
  ])('of "one" and "two" lets %j pass: %j', (authorization, expected) => {
    expect(bearer(['one', 'two'])(asked(authorization))).toBe(expected);
  });

  it.each([undefined, null, '', ' ', 'a b', 'a\n', 7, [], [''], ['a', undefined]])('refuses %j', (token) => {
    expect(() => bearer(token as string)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('is what storeHandler asks', async () => {
    const handler = storeHandler(memoryStore(), { authorize: bearer('one') });
    expect((await handler(asked('Bearer one'))).status).toBe(200);
    expect((await handler(asked())).status).toBe(401);
  });
});
