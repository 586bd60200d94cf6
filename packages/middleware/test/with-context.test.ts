import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import {
  AsyncLocalStorageTransactionContextPropagator,
  type EvaluationContext,
  NOOP_TRANSACTION_CONTEXT_PROPAGATOR,
  OpenFeature,
  type TransactionContextPropagator,
} from '@openfeature/server-sdk';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { currentContext, withContext } from '../src/index.ts';
import { dawdle, echo, warnings } from './support.ts';

beforeEach(async () => {
  OpenFeature.setTransactionContextPropagator(NOOP_TRANSACTION_CONTEXT_PROPAGATOR);
  await OpenFeature.setProviderAndWait(echo());
});

const client = OpenFeature.getClient();

describe('withContext', () => {
  it('returns what the function returns', async () => {
    expect(withContext({ targetingKey: 'a' }, () => 42)).toBe(42);
    const value = withContext({ targetingKey: 'a' }, () => client.getStringValue('who', ''));
    expect(value).toBeInstanceOf(Promise);
    expect(await value).toBe('a');
    expect(withContext({}, () => undefined)).toBeUndefined();
  });

  it('lets through what it throws and how it rejects', async () => {
    const broken = new Error('mine');
    expect(() =>
      withContext({ targetingKey: 'a' }, () => {
        throw broken;
      }),
    ).toThrow(broken);
    expect(() =>
      withContext({ targetingKey: 'a' }, () => {
        throw undefined;
      }),
    ).toThrow();
    await expect(withContext({ targetingKey: 'a' }, () => Promise.reject(broken))).rejects.toBe(broken);
    expect(currentContext()).toEqual({});
  });

  it('adds to the context around it, and ends with its function', async () => {
    await withContext({ targetingKey: 'a', plan: 'free', country: 'DE' }, async () => {
      await dawdle();
      await withContext({ plan: 'pro' }, async () => {
        await dawdle();
        expect(currentContext()).toEqual({ targetingKey: 'a', plan: 'pro', country: 'DE' });
        expect(await client.getObjectValue('context', {})).toEqual({ targetingKey: 'a', plan: 'pro', country: 'DE' });
      });
      expect(currentContext()).toEqual({ targetingKey: 'a', plan: 'free', country: 'DE' });
    });
    expect(currentContext()).toEqual({});
  });

  it('what says nothing leaves what was: undefined, and an empty targeting key', () => {
    withContext({ targetingKey: 'a', plan: 'free', nickname: 'x' }, () => {
      withContext({ targetingKey: undefined, plan: undefined, city: undefined, nickname: '' }, () => {
        expect(currentContext()).toEqual({ targetingKey: 'a', plan: 'free', nickname: '' });
        expect(Object.keys(currentContext())).not.toContain('city');
      });
      withContext({ targetingKey: '', plan: null }, () =>
        expect(currentContext()).toEqual({ targetingKey: 'a', plan: null, nickname: 'x' }),
      );
      withContext({ targetingKey: 'b' }, () => expect(currentContext()).toMatchObject({ targetingKey: 'b' }));
    });
    withContext({ targetingKey: '' }, () => expect(currentContext()).toEqual({}));
  });

  it('takes names of prototypes as any others, and cannot be changed from inside', () => {
    const hostile = JSON.parse('{"__proto__":{"admin":true},"constructor":"c"}') as Record<string, unknown>;
    withContext({ targetingKey: 'a' }, () =>
      withContext(hostile, () => {
        const context = currentContext();
        expect(context.admin).toBeUndefined();
        expect(Object.getPrototypeOf(context)).toBe(Object.prototype);
        expect(Object.getOwnPropertyDescriptor(context, '__proto__')?.value).toEqual({ admin: true });
        expect(Object.isFrozen(context)).toBe(true);
        withContext(JSON.parse('{"__proto__":null}') as Record<string, unknown>, () =>
          expect(Object.getOwnPropertyDescriptor(currentContext(), '__proto__')?.value).toBeNull(),
        );
      }),
    );
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('keeps a thousand at once apart', async () => {
    const users = Array.from({ length: 1000 }, (_, n) => `user-${n}`);
    const seen = await Promise.all(
      users.map((targetingKey) =>
        withContext({ targetingKey }, async () => {
          await dawdle();
          const first = await client.getStringValue('who', '');
          await dawdle();
          return [first, await client.getStringValue('who', '')];
        }),
      ),
    );
    expect(seen).toEqual(users.map((user) => [user, user]));
  });
});

describe('the propagator', () => {
  const set = vi.spyOn(OpenFeature, 'setTransactionContextPropagator');
  beforeEach(() => void set.mockClear());

  it('is set once where none was, and runs the function once', () => {
    const fn = vi.fn(() => currentContext().targetingKey);
    expect(withContext({ targetingKey: 'a' }, fn)).toBe('a');
    expect(withContext({ targetingKey: 'b' }, fn)).toBe('b');
    expect(fn).toHaveBeenCalledTimes(2);
    expect(set.mock.calls.map(([propagator]) => propagator)).toEqual([
      expect.any(AsyncLocalStorageTransactionContextPropagator),
    ]);
  });

  it('is set where the default is that of another copy of the SDK', () => {
    const copy = createRequire(import.meta.url)('@openfeature/server-sdk') as typeof import('@openfeature/server-sdk');
    expect(copy.NOOP_TRANSACTION_CONTEXT_PROPAGATOR).not.toBe(NOOP_TRANSACTION_CONTEXT_PROPAGATOR);
    OpenFeature.setTransactionContextPropagator(copy.NOOP_TRANSACTION_CONTEXT_PROPAGATOR);
    expect(withContext({ targetingKey: 'a' }, () => currentContext().targetingKey)).toBe('a');
  });

  function applications(propagator: TransactionContextPropagator): void {
    OpenFeature.setTransactionContextPropagator(propagator);
    set.mockClear();
  }

  it("is never replaced if it is the application's, which copies and adds", () => {
    const storage = new AsyncLocalStorage<EvaluationContext>();
    applications({
      getTransactionContext: () => ({ ...storage.getStore(), region: 'eu' }),
      setTransactionContext: (context, callback, ...args) => void storage.run({ ...context }, callback, ...args),
    });
    expect(withContext({ targetingKey: 'a' }, currentContext)).toEqual({ targetingKey: 'a', region: 'eu' });
    expect(set).not.toHaveBeenCalled();
  });

  it("nor if it is the application's, which clones", async () => {
    const seen = warnings();
    const storage = new AsyncLocalStorage<EvaluationContext>();
    applications({
      getTransactionContext: () => storage.getStore() ?? {},
      setTransactionContext: (context, callback, ...args) =>
        void storage.run(structuredClone(context), callback, ...args),
    });
    const context = { user: { id: 1 }, since: new Date(0), score: Number.NaN };
    expect(withContext(context, currentContext)).toEqual(context);
    expect(withContext({ score: Number.NaN }, currentContext)).toEqual({ score: Number.NaN });
    await new Promise(setImmediate);
    expect(seen).toEqual([]);
    expect(set).not.toHaveBeenCalled();
  });

  const shown = { getTransactionContext: () => ({}) };
  it.each<[string, TransactionContextPropagator, string]>([
    [
      'shows nothing',
      { ...shown, setTransactionContext: (_, callback, ...args) => void callback(...args) },
      'does not show the context',
    ],
    [
      'shows another user',
      {
        getTransactionContext: () => ({ targetingKey: 'b' }),
        setTransactionContext: (_, callback, ...args) => void callback(...args),
      },
      'does not show the context',
    ],
    [
      'throws',
      {
        ...shown,
        setTransactionContext: () => {
          throw new RangeError('secret');
        },
      },
      'threw (RangeError)',
    ],
    ['calls nothing', { ...shown, setTransactionContext: () => {} }, 'does not call back'],
    [
      'calls later',
      { ...shown, setTransactionContext: (_, callback, ...args) => queueMicrotask(() => void callback(...args)) },
      'does not call back',
    ],
  ])("nor if it is the application's and %s: one warning tells", async (_, propagator, message) => {
    // which is told once in a process
    vi.resetModules();
    const { withContext: fresh } = await import('../src/index.ts');
    const seen = warnings();
    const fn = vi.fn(() => 7);
    applications(propagator);
    expect(fresh({ targetingKey: 'a' }, fn)).toBe(7);
    expect(fresh({ targetingKey: 'a' }, fn)).toBe(7);
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    expect(fn).toHaveBeenCalledTimes(2);
    expect(set).not.toHaveBeenCalled();
    expect(seen[0]).toContain(message);
  });
});
