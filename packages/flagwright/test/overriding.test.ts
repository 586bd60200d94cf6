import type { FlagSource, Resolver, ResolverEvents } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { describe, expect, it, vi } from 'vitest';
import { overriding } from '../src/overriding.ts';

/** A resolver that is not ours, and says what it was asked. */
function vendor(): Resolver & { readonly asked: string[]; started: number } {
  const made = {
    name: 'vendor',
    asked: [] as string[],
    started: 0,
    start: async () => {
      made.started++;
    },
    stop: async () => undefined,
    resolve: (_type: string, key: string) => {
      made.asked.push(key);
      return Promise.resolve({ value: 'vendor', reason: 'STATIC', flagMetadata: {} });
    },
    all: async () => new Map([['a', { value: 'vendor', reason: 'STATIC', flagMetadata: {} }]]),
    keys: () => ['a', 'b'],
  };
  return made as never;
}

const events: ResolverEvents = {
  ready: () => undefined,
  changed: () => undefined,
  stale: () => undefined,
  error: () => undefined,
};
const forcing = (): FlagSource => memoryStore({ overrides: { a: 'forced', c: 1 } });

describe('overrides over a vendor', () => {
  it('are answered before it is asked, and marked; again after it was stopped', async () => {
    const theirs = vendor();
    const resolver = overriding(theirs, forcing);
    for (let i = 0; i < 2; i++) {
      await resolver.start!(events);
      expect(await resolver.resolve('string', 'a', '', {})).toMatchObject({
        value: 'forced',
        flagMetadata: { override: true },
      });
      expect(await resolver.resolve('string', 'b', '', {})).toMatchObject({ value: 'vendor' });
      await resolver.stop!();
    }
    expect([theirs.asked, theirs.started]).toEqual([['b', 'b'], 2]);
  });

  it('are in the list', async () => {
    const resolver = overriding(vendor(), forcing);
    await resolver.start!(events);
    const all = await resolver.all!({});
    expect([...all].map(([key, { value }]) => [key, value])).toEqual([
      ['a', 'forced'],
      ['c', 1],
    ]);
    expect(resolver.keys!()).toEqual(['a', 'b', 'c']);
    await resolver.stop!();
  });

  it('that name a variant force nothing: the vendor knows its own', async () => {
    const theirs = vendor();
    const resolver = overriding(theirs, () =>
      memoryStore({ overrides: { a: { variant: 'blue' }, z: { variant: 'x' } } }),
    );
    await resolver.start!(events);
    expect(await resolver.resolve('string', 'a', '', {})).toMatchObject({ value: 'vendor' });
    expect([...(await resolver.all!({})).keys()]).toEqual(['a']);
    expect(resolver.keys!()).toEqual(['a', 'b']);
    await resolver.stop!();
  });

  it('serve though the vendor does not start', async () => {
    const theirs = { ...vendor(), start: () => Promise.reject(new Error('refused')) };
    const resolver = overriding(theirs, forcing);
    await expect(resolver.start!(events)).rejects.toThrow('refused');
    expect(await resolver.resolve('string', 'a', '', {})).toMatchObject({ value: 'forced' });
    await resolver.stop!();
  });

  it('that change are told', async () => {
    const store = memoryStore({ overrides: { a: 'forced' } });
    const resolver = overriding(vendor(), () => store);
    const changed: (readonly string[])[] = [];
    await resolver.start!({ ...events, changed: (keys) => void changed.push(keys) });
    await store.commit([{ kind: 'override', key: 'b', next: 'x' }]);
    await vi.waitFor(() => expect(changed.flat()).toContain('b'));
    expect(await resolver.resolve('string', 'b', '', {})).toMatchObject({ value: 'x' });
    await resolver.stop!();
  });
});
