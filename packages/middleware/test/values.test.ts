import { OpenFeature } from '@openfeature/server-sdk';
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import {
  boolean,
  booleanDetails,
  currentClient,
  httpMiddleware,
  number,
  numberDetails,
  object,
  objectDetails,
  string,
  stringDetails,
  track,
  withContext,
} from '../src/index.ts';
import { ask, dawdle, echo, serve } from './support.ts';

const provider = echo();

beforeAll(async () => {
  await OpenFeature.setProviderAndWait(provider);
  await OpenFeature.setProviderAndWait('billing', echo('billing'));
});

describe('flags of the current request', () => {
  it('a handler asks for a flag, and the user is known', async () => {
    const users = { 'token-1': { id: 'beta-1', plan: 'pro' }, 'token-2': { id: 'user-2', plan: 'free' } };
    const middleware = httpMiddleware({
      context: ({ headers }) => {
        const user = users[headers.authorization as keyof typeof users];
        return { targetingKey: user.id, plan: user.plan };
      },
    });
    const url = await serve(
      middleware.wrap(async (_request, response) => {
        await dawdle();
        if (await boolean('new-feature', false)) response.end('the new feature');
        else response.end('the old one');
      }),
    );
    const answers = [];
    for (const authorization of ['token-1', 'token-2']) answers.push(await ask(url, { headers: { authorization } }));
    expect(answers.map(({ text }) => text)).toEqual(['the new feature', 'the old one']);
  });

  it('of every type, with details, and with more context for one of them', async () => {
    await withContext({ targetingKey: 'beta-1', plan: 'pro' }, async () => {
      expect(await boolean('new-feature', false)).toBe(true);
      expect(await string('who', '')).toBe('beta-1');
      expect(await number('attributes', 0)).toBe(2);
      expect(await object('context', {})).toEqual({ targetingKey: 'beta-1', plan: 'pro' });
      expect(await booleanDetails('new-feature', false)).toMatchObject({ value: true, reason: 'STATIC' });
      expect(await stringDetails('who', '')).toMatchObject({ value: 'beta-1', flagKey: 'who' });
      expect(await numberDetails('attributes', 0, { cart: 3 })).toMatchObject({ value: 3 });
      expect(await objectDetails('context', {}, { plan: 'free' })).toMatchObject({
        value: { targetingKey: 'beta-1', plan: 'free' },
      });
    });
  });

  it('serve the fallback where an evaluation fails', async () => {
    expect(await boolean('no-such', true)).toBe(true);
    expect(await string('__proto__', 'x')).toBe('x');
    expect(await numberDetails('no-such', 7)).toMatchObject({ value: 7, errorCode: 'FLAG_NOT_FOUND' });
    expect(await object('no-such', [1])).toEqual([1]);
  });

  it('have the types of their fallbacks', () => {
    expectTypeOf(string('a', 'b')).toEqualTypeOf<Promise<string>>();
    expectTypeOf(string<'a' | 'b'>('a', 'b')).toEqualTypeOf<Promise<'a' | 'b'>>();
    expectTypeOf(number('a', 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(object<{ limit: number }>('a', { limit: 1 })).toEqualTypeOf<Promise<{ limit: number }>>();
  });

  it('are asked of the client of the middleware, or of the one around it', async () => {
    expect(currentClient()).toBe(currentClient());
    expect(currentClient().metadata.domain).toBeUndefined();
    const outer = httpMiddleware({ domain: 'billing', context: () => ({ targetingKey: 'a' }) });
    const inner = httpMiddleware({ context: () => ({ plan: 'pro' }) });
    const other = httpMiddleware({ client: OpenFeature.getClient(), context: () => undefined });
    const answer = async (): Promise<unknown> => [await string('provider', ''), await string('who', '')];
    const url = await serve(
      outer.wrap((request, response) =>
        inner(request, response, async () => {
          const seen = [await answer()];
          other(request, response, async () => {
            seen.push(await answer());
            response.end(JSON.stringify(seen));
          });
        }),
      ),
    );
    const { text } = await ask(url);
    expect(JSON.parse(text)).toEqual([
      ['billing', 'a'],
      ['echo', 'a'],
    ]);
    expect(await string('provider', '')).toBe('echo');
  });

  it('and what happens is told with its context', () => {
    withContext({ targetingKey: 'a' }, () => track('purchase', { value: 9.5 }));
    track('visit');
    expect(provider.tracked).toEqual([
      ['purchase', { targetingKey: 'a' }, { value: 9.5 }],
      ['visit', {}, {}],
    ]);
  });
});
