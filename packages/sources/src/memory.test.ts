import type { FlagDefinition, FlagDocument } from '@flagwright/core';
import { Entries } from '@flagwright/core';
import { describe, expect, it, vi } from 'vitest';
import { memoryStore } from './memory.ts';

const definition = (salt: string): FlagDefinition => ({ type: 'boolean', default: false, salt });
const flagsOf = (document: FlagDocument): Entries<FlagDefinition> => document.flags as Entries<FlagDefinition>;

describe('memoryStore', () => {
  it('does not notice what the caller does with the document later', async () => {
    const tags = ['a'];
    const flags: Record<string, FlagDefinition> = { a: { default: 1, tags } };
    const store = memoryStore({ flags });
    tags.push('b');
    flags.b = { default: 2 };
    const { document } = await store.read();
    expect([...flagsOf(document)]).toEqual([['a', { default: 1, tags: ['a'] }]]);
    expect(() => Object.assign(flagsOf(document).get('a')!, { default: 2 })).toThrow(TypeError);
  });

  it.each<[string, NonNullable<FlagDocument['flags']>]>([
    ['a record', { a: definition('1') }],
    ['a map', new Map([['a', definition('1')]])],
    ['entries', Entries.of([['a', definition('1')]])],
  ])('takes flags as %s', async (_, flags) => {
    expect(flagsOf((await memoryStore({ flags }).read()).document).get('a')).toEqual(definition('1'));
  });

  it('takes flags as a list, and keeps the order', async () => {
    const store = memoryStore({
      flags: [
        { key: 'b', default: 1 },
        { key: 'a', default: 2 },
      ],
    });
    expect([...flagsOf((await store.read()).document).keys()]).toEqual(['b', 'a']);
  });

  it('leaves out what is undefined', async () => {
    const store = memoryStore({ flags: { a: { default: 1, salt: undefined } as never }, segments: undefined as never });
    const { document } = await store.read();
    expect([...flagsOf(document)]).toEqual([['a', { default: 1 }]]);
    expect(Object.keys(document)).toEqual(['flags']);
  });

  it.each<[string, unknown]>([
    ['no object', 7],
    ['null', null],
    ['a list', []],
    ['flags of no shape', { flags: 'x' }],
    ['a list of segments', { segments: [] }],
    ['a flag without a key', { flags: [{ default: 1 }] }],
    ['a key twice', { flags: [{ key: 'a' }, { key: 'a' }] }],
    ['a function', { flags: { a: { default: () => 1 } } }],
    ['a date', { flags: { a: { default: new Date(0) } } }],
    ['not a number', { overrides: { a: Number.NaN } }],
  ])('refuses %s', (_, document) => {
    expect(() => memoryStore(document as FlagDocument)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('keeps what a commit does not change', async () => {
    const store = memoryStore({ flags: { a: definition('1'), b: definition('1') }, segments: { s: { included: [] } } });
    const before = await store.read();
    const b = flagsOf(before.document).get('b');
    await store.commit([{ key: 'a', next: definition('2') }]);
    const after = await store.read();
    expect(flagsOf(after.document).get('b')).toBe(b);
    expect(after.document.segments).toBe(before.document.segments);
    expect(flagsOf(before.document).get('a')).toEqual(definition('1'));
  });

  it('takes an edit that changes nothing for no change', async () => {
    const store = memoryStore({ flags: { a: definition('1') } });
    const before = await store.read();
    const changed = vi.fn();
    await store.subscribe?.({ changed, failed: vi.fn() });
    await store.commit([
      { key: 'a', next: definition('1') },
      { key: 'b', next: null },
    ]);
    expect(await store.read()).toBe(before);
    expect(changed).not.toHaveBeenCalled();
  });

  it('replaces the whole set, and keeps the objects of what is the same', async () => {
    const store = memoryStore({ flags: { a: definition('1'), b: definition('1') }, metadata: { team: 'x' } });
    const before = await store.read();
    const a = flagsOf(before.document).get('a');
    const revision = await store.replace({ flags: { a: definition('1'), c: definition('1') } });
    const after = await store.read();
    expect(after.revision).toBe(revision);
    expect(flagsOf(after.document).get('a')).toBe(a);
    expect([...flagsOf(after.document).keys()].sort()).toEqual(['a', 'c']);
    expect(after.document.metadata).toBeUndefined();
    expect(await store.replace({ flags: { c: definition('1'), a: definition('1') } })).toBe(revision);
  });

  it('a commit among 10,000 flags costs what it changes', async () => {
    const flags = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`flag-${i}`, definition(`${i}`)]));
    const store = memoryStore({ flags });
    const start = performance.now();
    for (let i = 0; i < 1_000; i++) await store.commit([{ key: `flag-${i}`, next: definition(`new-${i}`) }]);
    // copying 10,000 entries a thousand times takes a second or more
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('revisions of two stores are never the same', async () => {
    expect((await memoryStore().read()).revision).not.toBe((await memoryStore().read()).revision);
  });

  it('an observer that throws keeps nobody from their hint', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const store = memoryStore();
    const changed = vi.fn();
    await store.subscribe?.({ changed: () => expect.fail('boom'), failed: vi.fn() });
    await store.subscribe?.({ changed, failed: vi.fn() });
    await store.commit([{ key: 'a', next: definition('1') }]);
    expect(changed).toHaveBeenCalledOnce();
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('boom'), 'FlagwrightWarning');
    warn.mockRestore();
  });

  it('one observer may subscribe twice', async () => {
    const store = memoryStore();
    const observer = { changed: vi.fn(), failed: vi.fn() };
    const stop = await store.subscribe?.(observer);
    await store.subscribe?.(observer);
    await stop?.();
    await store.commit([{ key: 'a', next: definition('1') }]);
    expect(observer.changed).toHaveBeenCalledOnce();
  });
});
